/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's control plane documents. LastModified and CodeSize of functions whose code was not
 * uploaded are those of the bootstrap. */
#include "platform/far-lambda-config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/far-clock.h"
#include "base/far-id.h"
#include "platform/far-code-archive.h"
#include "platform/far-function-document.h"
#include "platform/far-lambda-private.h"

#define DEFAULT_ROLE "arn:aws:iam::" FAR_AWS_ACCOUNT ":role/farthing"

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

/* What every function has alike here. */
static void
add_constants (FarJsonWriter *writer, const FarTemplateFunction *spec)
{
  g_autofree char *group = g_strconcat ("/aws/lambda/", spec->name, NULL);

  far_json_add_string (writer, "PackageType", "Zip");
  far_json_begin_array (writer, "Architectures");
#if defined(__aarch64__)
  far_json_add_string (writer, NULL, "arm64");
#else
  far_json_add_string (writer, NULL, "x86_64");
#endif
  far_json_end_array (writer);
  far_json_begin_object (writer, "EphemeralStorage");
  far_json_add_int (writer, "Size", spec->tmp_mb);
  far_json_end_object (writer);
  far_json_begin_object (writer, "TracingConfig");
  far_json_add_string (writer, "Mode", "PassThrough");
  far_json_end_object (writer);
  far_json_begin_object (writer, "SnapStart");
  far_json_add_string (writer, "ApplyOn", "None");
  far_json_add_string (writer, "OptimizationStatus", "Off");
  far_json_end_object (writer);
  far_json_begin_object (writer, "LoggingConfig");
  far_json_add_string (writer, "LogFormat", "Text");
  far_json_add_string (writer, "LogGroup", group);
  far_json_end_object (writer);
}

/* Of what was uploaded, or else of what is run. FALSE: it is not there. */
static gboolean
look_at_code (const FarTemplateFunction *spec, struct stat *ret_info)
{
  g_autofree char *bootstrap = g_build_filename (spec->code_dir, "bootstrap", NULL);
  gboolean own = g_str_has_prefix (spec->runtime, "provided");

  memset (ret_info, 0, sizeof *ret_info);
  return stat (own ? bootstrap : spec->code_dir, ret_info) == 0;
}

static gint64
code_size (const FarTemplateFunction *spec)
{
  struct stat info;

  if (spec->code_sha256 != NULL)
    return spec->code_size;
  return look_at_code (spec, &info) ? info.st_size : 0;
}

static void
add_code (FarJsonWriter *writer, const FarTemplateFunction *spec, const struct stat *info)
{
  far_json_add_int (writer, "CodeSize", code_size (spec));
  if (spec->code_sha256 != NULL)
    far_json_add_string (writer, "CodeSha256", spec->code_sha256);
  far_lambda_add_time (writer, "LastModified",
                       spec->modified_us > 0 ? spec->modified_us
                                             : info->st_mtime * G_USEC_PER_SEC);
}

void
far_lambda_config_add (FarJsonWriter *writer, const char *name, FarFunction *function)
{
  const FarTemplateFunction *spec = function->spec;
  char revision[FAR_UUID_LEN + 1];
  struct stat info;
  gboolean there = look_at_code (spec, &info);

  far_function_document_revision (spec, revision);
  far_json_begin_object (writer, name);
  far_json_add_string (writer, "FunctionName", spec->name);
  far_json_add_string (writer, "FunctionArn", function->arn);
  far_json_add_string (writer, "Runtime", spec->runtime);
  far_json_add_string (writer, "Role", spec->role != NULL ? spec->role : DEFAULT_ROLE);
  far_json_add_string (writer, "Handler", spec->handler);
  add_code (writer, spec, &info);
  far_json_add_string (writer, "Description", spec->description != NULL ? spec->description : "");
  far_json_add_int (writer, "Timeout", spec->timeout_s);
  far_json_add_int (writer, "MemorySize", spec->memory_mb);
  far_json_add_string (writer, "Version", "$LATEST");
  if (spec->dead_letter != NULL)
    {
      far_json_begin_object (writer, "DeadLetterConfig");
      far_json_add_string (writer, "TargetArn", spec->dead_letter);
      far_json_end_object (writer);
    }
  add_environment (writer, spec);
  add_constants (writer, spec);
  far_json_add_string (writer, "RevisionId", revision);
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
  gint64 n_bytes = 0;
  guint i;

  for (i = 0; i < n; i++)
    n_bytes += code_size (far_dispatcher_nth (dispatcher, i)->spec);
  far_json_begin_object (writer, NULL);
  far_json_begin_object (writer, "AccountLimit");
  /* As much as the functions that there may be can have. */
  far_json_add_int (writer, "TotalCodeSize", FAR_FUNCTIONS_MAX * FAR_CODE_BYTES_MAX);
  far_json_add_int (writer, "CodeSizeUnzipped", FAR_CODE_BYTES_MAX);
  far_json_add_int (writer, "CodeSizeZipped", FAR_CODE_ZIP_MAX);
  far_json_add_int (writer, "ConcurrentExecutions",
                    far_dispatcher_get_account_max (dispatcher));
  far_json_add_int (writer, "UnreservedConcurrentExecutions",
                    far_dispatcher_get_unreserved_max (dispatcher));
  far_json_end_object (writer);
  far_json_begin_object (writer, "AccountUsage");
  far_json_add_int (writer, "TotalCodeSize", n_bytes);
  far_json_add_int (writer, "FunctionCount", n);
  far_json_end_object (writer);
  far_json_end_object (writer);
}
