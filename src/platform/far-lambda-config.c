/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's control plane documents. LastModified and CodeSize are those of the bootstrap. */
#include "platform/far-lambda-config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/far-clock.h"

static void
add_environment (FarJsonWriter *writer, const FarTemplateFunction *spec)
{
  guint i;

  if (spec->env == NULL || spec->env[0] == NULL)
    return;
  far_json_begin_object (writer, "Environment");
  far_json_begin_object (writer, "Variables");
  for (i = 0; spec->env[i] != NULL; i++)
    {
      const char *equals = strchr (spec->env[i], '=');
      g_autofree char *name = g_strndup (spec->env[i], equals - spec->env[i]);

      far_json_add_string (writer, name, equals + 1);
    }
  far_json_end_object (writer);
  far_json_end_object (writer);
}

void
far_lambda_config_add (FarJsonWriter *writer, const char *name, FarFunction *function)
{
  const FarTemplateFunction *spec = function->spec;
  g_autofree char *bootstrap = g_build_filename (spec->code_dir, "bootstrap", NULL);
  struct stat info = { 0 };
  gboolean there = stat (bootstrap, &info) == 0;

  far_json_begin_object (writer, name);
  far_json_add_string (writer, "FunctionName", spec->name);
  far_json_add_string (writer, "FunctionArn", function->arn);
  far_json_add_string (writer, "Runtime", spec->runtime);
  far_json_add_string (writer, "Handler", spec->handler);
  far_json_add_int (writer, "CodeSize", there ? info.st_size : 0);
  far_json_add_string (writer, "Description", "");
  far_json_add_int (writer, "Timeout", spec->timeout_s);
  far_json_add_int (writer, "MemorySize", spec->memory_mb);
  far_json_add_time (writer, "LastModified", info.st_mtime * G_USEC_PER_SEC);
  far_json_add_string (writer, "Version", "$LATEST");
  add_environment (writer, spec);
  far_json_add_string (writer, "PackageType", "Zip");
  far_json_begin_array (writer, "Architectures");
#if defined(__aarch64__)
  far_json_add_string (writer, NULL, "arm64");
#else
  far_json_add_string (writer, NULL, "x86_64");
#endif
  far_json_end_array (writer);
  far_json_add_string (writer, "State", there ? "Active" : "Failed");
  if (!there)
    {
      far_json_add_string (writer, "StateReasonCode", "InvalidRuntime");
      far_json_add_string (writer, "StateReason", "There is no bootstrap in the code folder.");
    }
  far_json_add_string (writer, "LastUpdateStatus", "Successful");
  far_json_end_object (writer);
}

void
far_lambda_config_add_function (FarJsonWriter *writer, FarFunction *function)
{
  far_json_begin_object (writer, NULL);
  far_lambda_config_add (writer, "Configuration", function);
  far_json_begin_object (writer, "Code");
  far_json_add_string (writer, "RepositoryType", "Local");
  far_json_add_string (writer, "Location", function->spec->code_dir);
  far_json_end_object (writer);
  if (function->spec->reserved_concurrency >= 0)
    {
      far_json_begin_object (writer, "Concurrency");
      far_json_add_int (writer, "ReservedConcurrentExecutions",
                        function->spec->reserved_concurrency);
      far_json_end_object (writer);
    }
  far_json_end_object (writer);
}

void
far_lambda_config_add_account (FarJsonWriter *writer, FarDispatcher *dispatcher)
{
  guint n = far_dispatcher_n_functions (dispatcher);

  far_json_begin_object (writer, NULL);
  far_json_begin_object (writer, "AccountLimit");
  far_json_add_int (writer, "ConcurrentExecutions",
                    far_dispatcher_get_account_max (dispatcher));
  far_json_add_int (writer, "UnreservedConcurrentExecutions",
                    far_dispatcher_get_unreserved_max (dispatcher));
  far_json_end_object (writer);
  far_json_begin_object (writer, "AccountUsage");
  far_json_add_int (writer, "FunctionCount", n);
  far_json_end_object (writer);
  far_json_end_object (writer);
}
