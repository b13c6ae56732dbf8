/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The template reader: what is taken, and for everything else file, line, column, and reason. */
#include "platform/far-template.h"

#include <glib/gstdio.h>
#include <string.h>

#define HEAD "Transform: AWS::Serverless-2016-10-31\n"
#define FN "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
#define NEEDED "      CodeUri: f/\n      Handler: bootstrap\n      Runtime: provided.al2023\n"
#define BASE HEAD FN "    Properties:\n" NEEDED /* 8 lines */
#define META BASE "    Metadata:\n      Farthing:\n"

static FarTemplate *
parse (const char *text, GError **error)
{
  return far_template_parse (text, strlen (text), "t.yaml", "/srv/pub", error);
}

static const char whole[] =
  "AWSTemplateFormatVersion: '2010-09-09'\n"
  "Transform: AWS::Serverless-2016-10-31\n"
  "Description: The Evening Courier\n"
  "Globals:\n"
  "  Function:\n"
  "    Handler: bootstrap\n"
  "    Runtime: provided.al2023\n"
  "    MemorySize: 256\n"
  "    EphemeralStorage: {Size: 2048}\n"
  "    Timeout: 5\n"
  "    Environment:\n"
  "      Variables: {PUBLICATION: /mnt/publication, LEVEL: info}\n"
  "Resources:\n"
  "  content:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Properties:\n"
  "      CodeUri: functions/content/\n"
  "      MemorySize: 128\n"
  "      EphemeralStorage: {Size: 512}\n"
  "      Environment:\n"
  "        Variables:\n"
  "          LEVEL: debug\n"
  "          LIMIT: 10\n"
  "          STRICT: true\n"
  "          NOTE: \"\"\n"
  "      Events:\n"
  "        List: {Type: HttpApi, Properties: {Path: /articles, Method: get}}\n"
  "        One:\n"
  "          Type: HttpApi\n"
  "          Properties:\n"
  "            Path: /articles/{id}\n"
  "            Method: GET\n"
  "        Media: {Type: HttpApi, Properties: {Path: '/media/{file+}', Method: ANY}}\n"
  "        Rest: {Type: HttpApi}\n"
  "    Metadata:\n"
  "      Farthing:\n"
  "        ForkServer: true\n"
  "        Services:\n"
  "          - Name: bookkeeper\n"
  "            Commands: [pledge, view.reserve]\n"
  "          - Name: gateway\n"
  "        Stores:\n"
  "          - {Name: publication, Path: ., Mount: /mnt/publication, Access: read}\n"
  "          - {Name: scratch, Path: var/scratch, Mount: /mnt/scratch, Access: write}\n"
  "  settle:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Properties:\n"
  "      CodeUri: /opt/settle\n"
  "      Timeout: 60\n"
  "      ReservedConcurrentExecutions: 1\n"
  "      Events:\n"
  "        Tick:\n"
  "          Type: Schedule\n"
  "          Properties:\n"
  "            Schedule: rate(1 minute)\n"
  "            Input: '{\"why\": \"tick\"}'\n";

static void
assert_content (const FarTemplateFunction *content)
{
  static const char *const env[] = { "PUBLICATION=/mnt/publication", "LEVEL=debug", "LIMIT=10",
                                     "STRICT=true", "NOTE=", NULL };
  static const struct { const char *method; const char *path; } routes[] = {
    { "GET", "/articles" }, { "GET", "/articles/{id}" }, { "ANY", "/media/{file+}" },
    { "ANY", "$default" },
  };
  static const char *const commands[] = { "pledge", "view.reserve", NULL };
  const FarTemplateService *service;
  const FarTemplateStore *store;
  guint i;

  g_assert_cmpstr (content->name, ==, "content");
  g_assert_cmpstr (content->code_dir, ==, "/srv/pub/functions/content");
  g_assert_cmpstr (content->handler, ==, "bootstrap");
  g_assert_cmpuint (content->memory_mb, ==, 128);
  g_assert_cmpuint (content->tmp_mb, ==, 512);
  g_assert_cmpuint (content->timeout_s, ==, 5);
  g_assert_cmpint (content->reserved_concurrency, ==, -1);
  g_assert_cmpuint (content->line, ==, 14);
  g_assert_true (content->fork_server);
  g_assert_cmpstrv (content->env, env);
  g_assert_cmpuint (content->events->len, ==, G_N_ELEMENTS (routes));
  for (i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      const FarTemplateEvent *event = g_ptr_array_index (content->events, i);

      g_assert_cmpint (event->kind, ==, FAR_TEMPLATE_EVENT_HTTP);
      g_assert_cmpstr (event->method, ==, routes[i].method);
      g_assert_cmpstr (event->path, ==, routes[i].path);
    }
  g_assert_cmpuint (content->services->len, ==, 2);
  service = g_ptr_array_index (content->services, 0);
  g_assert_cmpstr (service->name, ==, "bookkeeper");
  g_assert_cmpstrv (service->commands, commands);
  service = g_ptr_array_index (content->services, 1);
  g_assert_cmpstr (service->name, ==, "gateway");
  g_assert_cmpuint (g_strv_length (service->commands), ==, 0);
  g_assert_cmpuint (content->stores->len, ==, 2);
  store = g_ptr_array_index (content->stores, 0);
  g_assert_cmpstr (store->path, ==, "/srv/pub");
  g_assert_cmpstr (store->mount, ==, "/mnt/publication");
  g_assert_false (store->writable);
  store = g_ptr_array_index (content->stores, 1);
  g_assert_cmpstr (store->path, ==, "/srv/pub/var/scratch");
  g_assert_true (store->writable);
}

static void
test_whole (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTemplate) template = parse (whole, &error);
  const FarTemplateFunction *settle;
  const FarTemplateEvent *tick;

  g_assert_no_error (error);
  g_assert_cmpstr (far_template_get_description (template), ==, "The Evening Courier");
  g_assert_cmpstr (far_template_get_base_dir (template), ==, "/srv/pub");
  g_assert_cmpuint (far_template_n_functions (template), ==, 2);
  assert_content (far_template_get_function (template, 0));
  g_assert_null (far_template_find_function (template, "nobody"));
  settle = far_template_find_function (template, "settle");
  g_assert_nonnull (settle);
  g_assert_cmpstr (settle->code_dir, ==, "/opt/settle");
  g_assert_cmpuint (settle->memory_mb, ==, 256);
  g_assert_cmpuint (settle->tmp_mb, ==, 2048);
  g_assert_cmpuint (settle->timeout_s, ==, 60);
  g_assert_cmpint (settle->reserved_concurrency, ==, 1);
  g_assert_false (settle->fork_server);
  tick = g_ptr_array_index (settle->events, 0);
  g_assert_cmpint (tick->kind, ==, FAR_TEMPLATE_EVENT_SCHEDULE);
  g_assert_cmpstr (far_schedule_get_text (tick->schedule), ==, "rate(1 minute)");
  g_assert_cmpstr (tick->input, ==, "{\"why\": \"tick\"}");
}

typedef struct {
  const char *text;
  const char *says; /* begins with "line:column: " */
} Refusal;

static void
assert_refused (const Refusal *cases, guint n_cases)
{
  guint i;

  for (i = 0; i < n_cases; i++)
    {
      g_autofree char *expected = g_strconcat ("t.yaml:", cases[i].says, NULL);
      g_autoptr (GError) error = NULL;

      if (parse (cases[i].text, &error) != NULL)
        g_error ("case %u was taken: %s", i, expected);
      g_assert_nonnull (error);
      if (!g_str_has_prefix (error->message, expected))
        g_test_message ("case %u, expected %s", i, expected);
      g_assert_cmpint (error->domain, ==, FAR_TEMPLATE_ERROR);
      if (!g_str_has_prefix (error->message, expected))
        g_assert_cmpstr (error->message, ==, expected);
    }
}

static void
test_yaml_refused (void)
{
  static const Refusal cases[] = {
    { "", "1:1: the file is empty" },
    { "a: [1\n", "2:1: did not find expected" },
    { "a: b: c\n", "1:5: mapping values are not allowed" },
    { "a: 1\nb: 2\na: 3\n", "3:1: a stands twice, first in line 1" },
    { "a: &x 1\n", "1:4: anchor &x" },
    { "a: *x\n", "1:4: " },
    { "<<: {a: 1}\n", "1:1: merge keys" },
    { "? [a]\n: 1\n", "1:3: a key that is a list" },
    { "a: \"\\0\"\n", "1:4: a NUL" },
    { "a: 1\n---\nb: 1\n", "2:1: a second document" },
    { "\t- a\n", "1:1: found character that cannot start any token" },
    { "- a\n", "1:1: a template is a list" },
    { "just words\n", "1:1: a template is a single value" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_resources_refused (void)
{
  static const Refusal cases[] = {
    { "Resources: {}\n", "1:1: a template has no Transform" },
    { HEAD, "1:1: a template has no Resources" },
    { HEAD "Resources: {}\n", "2:12: no resources" },
    { HEAD "Outputs: {}\n", "2:1: Outputs is not supported in a template" },
    { "Transform: AWS::Include\nResources: {}\n", "1:12: Transform “AWS::Include” is not known" },
    { HEAD "AWSTemplateFormatVersion: 2024-01-01\n", "2:27: AWSTemplateFormatVersion" },
    { HEAD "Resources:\n  T: {Type: AWS::DynamoDB::Table}\n",
      "3:13: resource type AWS::DynamoDB::Table is not run here" },
    { HEAD "Resources:\n  T: {}\n", "3:6: T has no Type" },
    { HEAD "Resources:\n  a-b: {Type: AWS::Serverless::Function}\n",
      "3:3: “a-b” is no logical id" },
    { HEAD FN, "4:5: F has no Properties" },
    { HEAD FN "    Condition: Never\n", "5:5: Condition is not supported in F" },
    { HEAD FN "    Properties: {}\n", "5:17: F has no CodeUri" },
    { HEAD "Globals: {Api: {}}\n" FN, "2:11: Api is not supported in Globals" },
    { HEAD "Globals: {Function: {Events: {}}}\n" FN,
      "2:22: Events is not supported in Globals.Function" },
    { BASE "      VpcConfig: {}\n", "9:7: VpcConfig is not supported in a function's Properties" },
    { BASE "      CodeUri: g/\n", "9:7: CodeUri stands twice, first in line 6" },
    { HEAD FN "    Properties: {CodeUri: 's3://b/k', Handler: a, Runtime: provided.al2023}\n",
      "5:27: CodeUri “s3://b/k” is not on this machine" },
    { HEAD FN "    Properties: {CodeUri: f, Handler: a b, Runtime: provided.al2023}\n",
      "5:39: Handler has a space in it" },
    { HEAD FN "    Properties: {CodeUri: f, Handler: a, Runtime: ruby3.3}\n",
      "5:51: Runtime ruby3.3 is not run here; use nodejs18.x to nodejs24.x, python3.9 to "
      "python3.14, or build the function for provided.al2023" },
    { HEAD FN "    Properties: {CodeUri: !Ref Code, Handler: a, Runtime: provided.al2023}\n",
      "5:27: CodeUri is given by !Ref, which is not understood" },
    { HEAD FN "    Properties: {CodeUri: {'Fn::Sub': x}, Handler: a, Runtime: b}\n",
      "5:27: CodeUri is given by Fn::Sub, which is not understood" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_values_refused (void)
{
  static const Refusal cases[] = {
    { BASE "      EphemeralStorage: {Size: 511}\n", "9:32: Size is “511”; write a whole number" },
    { BASE "      EphemeralStorage: 512\n", "9:25: EphemeralStorage is" },
    { BASE "      EphemeralStorage: {}\n",
      "9:25: EphemeralStorage has no Size, which it needs; add it" },
    { BASE "      MemorySize: 127\n", "9:19: MemorySize is “127”; write a whole number from 128" },
    { BASE "      MemorySize: 10241\n", "9:19: MemorySize is “10241”" },
    { BASE "      MemorySize: 0128\n", "9:19: MemorySize is “0128”" },
    { BASE "      MemorySize: 1e3\n", "9:19: MemorySize is “1e3”" },
    { BASE "      MemorySize: +128\n", "9:19: MemorySize is “+128”" },
    { BASE "      MemorySize:\n", "9:18: MemorySize is empty" },
    { BASE "      MemorySize: [128]\n", "9:19: MemorySize is a list" },
    { BASE "      Timeout: 0\n", "9:16: Timeout is “0”" },
    { BASE "      Timeout: 901\n", "9:16: Timeout is “901”" },
    { BASE "      ReservedConcurrentExecutions: -1\n", "9:37: ReservedConcurrentExecutions" },
    { BASE "      ReservedConcurrentExecutions: 901\n", "4:5: with F the functions reserve" },
    { BASE "      FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: '*'}}\n",
      "9:64: AllowOrigins is" },
    { BASE "      FunctionUrlConfig: {AuthType: NONE, Cors: {Allow: ['*']}}\n",
      "9:50: Allow is not supported in Cors" },
    { BASE "      FunctionUrlConfig: {AuthType: NONE, Cors: {AllowMethods: [DESTROY]}}\n",
      "9:49: AllowMethods has something that is no word of 1 to 6" },
    { BASE "      Environment: {A: 1}\n", "9:21: A is not supported in Environment" },
    { BASE "      Environment: {Variables: {A: 1}}\n", "9:33: “A” is no name of a variable" },
    { BASE "      Environment: {Variables: {A-B: 1}}\n", "9:33: “A-B” is no name" },
    { BASE "      Environment: {Variables: {AWS_REGION: x}}\n",
      "9:33: “AWS_REGION” is set by the platform" },
    { BASE "      Environment: {Variables: {FARTHING_SERVICE_X: x}}\n",
      "9:33: “FARTHING_SERVICE_X” is set by the platform" },
    { BASE "      Environment: {Variables: {AB: null}}\n", "9:37: AB is empty" },
    { BASE "      Environment: {Variables: {AB: {}}}\n", "9:37: AB is a mapping" },
    { BASE "      Environment: {Variables: {AB: \"{{resolve:ssm:x}}\"}}\n",
      "9:37: AB refers to what is not kept here" },
    { BASE "      Environment: {Variables: {AB: \"x{{resolve:secretsmanager:x}}\"}}\n",
      "9:37: AB refers to what is not kept here; write the whole value" },
    { META "        ForkServer: yes\n", "11:21: ForkServer is “yes”; write true or false" },
    { META "        Retries: 3\n", "11:9: Retries is not supported in Metadata.Farthing" },
    { META "        WithoutSecrets: later\n", "11:25: WithoutSecrets is the JSON object" },
    { META "        WithoutSecrets: '[]'\n", "11:25: WithoutSecrets is the JSON object" },
    { META "        WithoutSecrets: ''\n", "11:25: WithoutSecrets is empty" },
    { BASE "    Metadata: {BuildMethod: makefile}\n", "9:16: BuildMethod is not supported" },
    { META "        Services: [{Name: mail}]\n", "11:27: there is no service “mail”" },
    { META "        Services: [{Name: bookkeeper}]\n", "11:20: bookkeeper has no Commands" },
    { META "        Services: [{Name: bookkeeper, Commands: []}]\n",
      "11:49: Commands has 0 entries" },
    { META "        Services: [{Name: bookkeeper, Commands: [Pay]}]\n",
      "11:50: “Pay” is no command" },
    { META "        Services: [{Name: gateway}, {Name: gateway}]\n",
      "11:37: the service gateway stands twice" },
    { META "        Stores: [{Name: a, Path: /etc, Mount: /mnt/a, Access: read}]\n",
      "11:34: Path is “/etc”" },
    { META "        Stores: [{Name: a, Path: ../x, Mount: /mnt/a, Access: read}]\n",
      "11:34: Path “../x” leads out" },
    { META "        Stores: [{Name: a, Path: x/../../pubs, Mount: /mnt/a, Access: read}]\n",
      "11:34: Path “x/../../pubs” leads out" },
    { META "        Stores: [{Name: a, Path: x, Mount: /etc, Access: read}]\n",
      "11:44: Mount is “/etc”" },
    { META "        Stores: [{Name: a, Path: x, Mount: /mnt/a/../b, Access: read}]\n",
      "11:44: Mount is “/mnt/a/../b”" },
    { META "        Stores: [{Name: a, Path: x, Mount: /mnt/.., Access: read}]\n",
      "11:44: Mount is “/mnt/..”" },
    { META "        Stores: [{Name: a, Path: x, Mount: /mnt/a, Access: all}]\n",
      "11:60: Access is “all”" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_faults (void)
{
  static const char text[] =
    BASE "      Events: {Get: {Type: HttpApi, Properties: {Path: '/a/{id}', Method: GET}}}\n"
    "    Metadata:\n"
    "      Farthing:\n"
    "        Faults:\n"
    "          - {Kind: latency, Delay: 'lognormal(20ms,200ms)', Probability: 0.25, Seconds: 60,\n"
    "             Seed: 7}\n"
    "          - {Kind: outage, Target: 'route:GET /a/{id}'}\n"
    "          - {Kind: slow-start, Delay: 2s, Target: platform}\n"
    "          - {Kind: error, Target: provider, Probability: 1}\n";
  static const Refusal cases[] = {
    { META "        Faults: {Kind: error}\n", "11:17: Faults is a mapping" },
    { META "        Faults: [{Target: platform}]\n", "11:18: a fault has no Kind" },
    { META "        Faults: [{Kind: fire}]\n", "11:18: A fault is latency, error, throttle" },
    { META "        Faults: [{Kind: error, When: now}]\n", "11:32: When is not supported" },
    { META "        Faults: [{Kind: latency}]\n", "11:18: This fault needs a delay" },
    { META "        Faults: [{Kind: latency, Delay: soon}]\n", "11:18: A delay is 20ms" },
    { META "        Faults: [{Kind: error, Probability: 1.5}]\n", "11:45: Probability is “1.5”" },
    { META "        Faults: [{Kind: error, Seconds: 0}]\n", "11:41: Seconds is “0”" },
    { META "        Faults: [{Kind: error, Target: moon}]\n", "11:18: A fault hits platform" },
    { META "        Faults: [{Kind: error, Target: 'function:G'}]\n",
      "11:18: the fault on function:G would hit nothing" },
    { META "        Faults: [{Kind: error, Target: 'route:GET /nowhere'}]\n",
      "11:18: the fault on route:GET /nowhere would hit nothing" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTemplate) tmpl = parse (text, &error);
  const FarFaultSpec *spec;

  g_assert_no_error (error);
  g_assert_cmpuint (far_template_n_faults (tmpl), ==, 4);
  spec = far_template_get_fault (tmpl, 0);
  g_assert_cmpint (spec->kind, ==, FAR_FAULT_LATENCY);
  g_assert_cmpstr (spec->target, ==, "function:F");
  g_assert_cmpint (spec->delay.shape, ==, FAR_FAULT_LOGNORMAL);
  g_assert_cmpint (spec->delay.b_us, ==, 200000);
  g_assert_cmpuint (spec->probability_ppm, ==, 250000);
  g_assert_cmpint (spec->duration_s, ==, 60);
  g_assert_cmpuint (spec->seed, ==, 7);
  spec = far_template_get_fault (tmpl, 1);
  g_assert_cmpstr (spec->target, ==, "route:GET /a/{id}");
  g_assert_cmpuint (spec->probability_ppm, ==, FAR_FAULT_ALWAYS_PPM);
  g_assert_cmpint (far_template_get_fault (tmpl, 2)->delay.a_us, ==, 2 * G_USEC_PER_SEC);
  g_assert_cmpstr (far_template_get_fault (tmpl, 3)->target, ==, "provider");
  assert_refused (cases, G_N_ELEMENTS (cases));
}

#define EVENTS BASE "      Events:\n" /* 9 lines */

static void
test_events_refused (void)
{
  static const Refusal cases[] = {
    { EVENTS "        E: {Type: S3}\n", "10:19: event type S3 is not supported" },
    { EVENTS "        E: {}\n", "10:12: E has no Type" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: /a}}\n", "10:40: E has no Method" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Method: GET}}\n", "10:40: E has no Path" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: a, Method: GET}}\n",
      "10:47: Path is “a”; begin it with /" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: /a, Method: BREW}}\n",
      "10:59: Method is “BREW”" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/{a}/{a}', Method: GET}}\n",
      "10:47: the parameter “{a}” stands twice" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/{a+}/b', Method: GET}}\n",
      "10:47: “{a+}” takes the rest" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/{}', Method: GET}}\n",
      "10:47: “{}” is no parameter" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/{a}b', Method: GET}}\n",
      "10:47: “{a}b” is no parameter" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/a//b', Method: GET}}\n",
      "10:47: the part “”" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/../b', Method: GET}}\n",
      "10:47: the part “..”" },
    { EVENTS "        E: {Type: HttpApi, Properties: {Path: '/a?b', Method: GET}}\n",
      "10:47: the part “a?b”" },
    { EVENTS "        A: {Type: HttpApi, Properties: {Path: '/x/{a}', Method: GET}}\n"
             "        B: {Type: HttpApi, Properties: {Path: '/x/{b}', Method: GET}}\n",
      "11:12: the route GET /x/{b} is taken by F already" },
    { EVENTS "        A: {Type: HttpApi}\n        B: {Type: HttpApi}\n",
      "11:12: the route ANY $default is taken by F already" },
    { EVENTS "        E: {Type: Schedule}\n", "10:12: E has no Properties" },
    { EVENTS "        E: {Type: Schedule, Properties: {Schedule: hourly}}\n",
      "10:52: Schedule: “hourly” is no schedule" },
    { EVENTS "        E: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{'}}\n",
      "10:72: Input is not JSON" },
    { EVENTS "        E: {Type: Schedule, Properties: {Schedule: rate(1 day), Enabled: true}}\n",
      "10:65: Enabled is not supported" },
  };

  assert_refused (cases, G_N_ELEMENTS (cases));
}

static void
test_limits (void)
{
  g_autoptr (GString) text = g_string_new (HEAD "Resources:\n");
  g_autoptr (GString) deep = g_string_new ("a: ");
  g_autoptr (GString) wide = g_string_new ("a: [");
  g_autofree char *large = g_malloc0 (FAR_TEMPLATE_SIZE_MAX + 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTemplate) template = NULL;
  guint i;

  for (i = 0; i < FAR_TEMPLATE_FUNCTIONS_MAX; i++)
    g_string_append_printf (text, "  F%u:\n    Type: AWS::Serverless::Function\n"
                            "    Properties:\n" NEEDED, i);
  template = parse (text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (far_template_n_functions (template), ==, FAR_TEMPLATE_FUNCTIONS_MAX);
  g_string_append (text, "  G:\n    Type: AWS::Serverless::Function\n    Properties:\n" NEEDED);
  g_assert_null (parse (text->str, &error));
  g_assert_nonnull (strstr (error->message, "more than 200 functions"));
  g_clear_error (&error);

  for (i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  g_assert_null (parse (deep->str, &error));
  g_assert_nonnull (strstr (error->message, "nested deeper than 32 levels"));
  g_clear_error (&error);

  for (i = 0; i < FAR_TEMPLATE_SIZE_MAX / 4; i++)
    g_string_append (wide, "1,");
  g_assert_null (parse (wide->str, &error));
  g_assert_nonnull (strstr (error->message, "more than 50000 values"));
  g_clear_error (&error);

  memset (large, '#', FAR_TEMPLATE_SIZE_MAX + 1);
  g_assert_null (far_template_parse (large, FAR_TEMPLATE_SIZE_MAX + 1, "t.yaml", "/", &error));
  g_assert_nonnull (strstr (error->message, "t.yaml: larger than"));
}

static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("far-template-XXXXXX", &error);
  g_autofree char *path = g_build_filename (dir, "template.yaml", NULL);
  g_autofree char *code = g_build_filename (dir, "functions", "content", NULL);
  g_autoptr (FarTemplate) template = NULL;
  g_autoptr (FarTemplate) none = NULL;

  g_assert_no_error (error);
  none = far_template_load (path, &error);
  g_assert_null (none);
  g_assert_error (error, FAR_TEMPLATE_ERROR, FAR_TEMPLATE_ERROR_READ);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, whole, -1, &error));
  template = far_template_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (far_template_get_path (template), ==, path);
  g_assert_cmpstr (far_template_find_function (template, "content")->code_dir, ==, code);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* Every prefix of a good template is taken or refused with a place, never worse. */
static void
test_prefixes (void)
{
  gsize length;

  for (length = 0; length < sizeof whole; length++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FarTemplate) template = far_template_parse (whole, length, "t.yaml", "/", &error);

      if (template != NULL)
        continue;
      g_assert_true (g_regex_match_simple ("^t\\.yaml:[0-9]+:[0-9]+: .", error->message, 0, 0));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/template/whole", test_whole);
  g_test_add_func ("/template/yaml-refused", test_yaml_refused);
  g_test_add_func ("/template/resources-refused", test_resources_refused);
  g_test_add_func ("/template/values-refused", test_values_refused);
  g_test_add_func ("/template/events-refused", test_events_refused);
  g_test_add_func ("/template/faults", test_faults);
  g_test_add_func ("/template/limits", test_limits);
  g_test_add_func ("/template/load", test_load);
  g_test_add_func ("/template/prefixes", test_prefixes);
  return g_test_run ();
}
