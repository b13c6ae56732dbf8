/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program of one function: FAR_FUNCTION is given by the build. */
#include "functions/far-functions.h"

int
main (int    argc,
      char **argv)
{
  return far_lambda_main (argc, argv, &FAR_FUNCTION);
}
