/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program of one function: FAR_FUNCTION is given by the build. */
#include "functions/far-functions.h"

#ifdef __SANITIZE_ADDRESS__
/* Options of the address sanitizer that fit a function in its sandbox: freed memory is kept for a
 * while to find uses of it, but within the function's memory limit; and leaks are not looked for,
 * as that needs ptrace, which no function has. The sanitizer asks for them by this name. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "detect_leaks=0:quarantine_size_mb=8:thread_local_quarantine_size_kb=64";
}
#endif

int
main (int    argc,
      char **argv)
{
  return far_lambda_main (argc, argv, &FAR_FUNCTION);
}
