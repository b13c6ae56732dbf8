// SPDX-License-Identifier: GPL-3.0-or-later
export const handler = async (event) => ({ module: import.meta.url, event });
