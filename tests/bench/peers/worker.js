// SPDX-License-Identifier: GPL-3.0-or-later
export default {
  async fetch(request) {
    const url = new URL(request.url);
    return new Response(JSON.stringify({ path: url.pathname, query: url.search }),
      { headers: { 'content-type': 'application/json' } });
  },
};
