# SPDX-License-Identifier: GPL-3.0-or-later
"""One handler a behaviour that tests look at."""
import logging
import os
import sys
import urllib.error
import urllib.request


def echo(event, context):
    logging.getLogger().warning("one\ntwo")
    return {"event": event, "greeting": os.environ["GREETING"], "cwd": os.getcwd(),
            "code": sorted(os.listdir(os.environ["LAMBDA_TASK_ROOT"])), "env": os.environ["AWS_EXECUTION_ENV"],
            "name": context.function_name, "id": context.aws_request_id,
            "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis(), "version": sys.version_info[:2],
            "client": context.client_context and context.client_context.custom}


def fails(event, context):
    if event.get("how") == "exit":
        sys.exit(3)
    if event.get("how") == "marshal":
        return object()
    raise KeyError("nothing")


def fetch(event, context):
    try:
        with urllib.request.urlopen(event["url"], timeout=10) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, ""]
    except OSError as error:
        return [0, str(error)]
