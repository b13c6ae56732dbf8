#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenTelemetry's own JavaScript exporters (from npm) against the OTLP receiver: traces and metrics
as a real client sends them, with a token over the network. Installed into the build folder once."""

import os
import shutil
import subprocess
import sys

from farthing_testing import BUILD, Platform, Tap, wait_for

PACKAGES = ["@opentelemetry/api@1", "@opentelemetry/resources@2", "@opentelemetry/sdk-trace-base@2",
            "@opentelemetry/sdk-metrics@2", "@opentelemetry/exporter-trace-otlp-http@0",
            "@opentelemetry/exporter-metrics-otlp-http@0"]
INSTALL_S = 300
RUN_S = 120

CLIENT = """
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { trace, context, SpanStatusCode } from '@opentelemetry/api';

const url = process.env.OTLP_URL;
const headers = { Authorization: `Bearer ${process.env.OTLP_TOKEN}` };
const resource = resourceFromAttributes({ 'service.name': 'checkout' });
const tracing = new BasicTracerProvider({ resource, spanProcessors: [
  new BatchSpanProcessor(new OTLPTraceExporter({ url: url + '/v1/traces', headers }))] });
const tracer = tracing.getTracer('test');
const root = tracer.startSpan('POST /checkout', { attributes: { 'faas.name': 'checkout',
  list: ['a', 'b'], deep: 1.5 } });
const child = tracer.startSpan('charge', {}, trace.setSpan(context.active(), root));
child.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' });
child.addEvent('tried', { attempt: 1 });
child.end();
root.end();
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter({ url: url + '/v1/metrics', headers }),
  exportIntervalMillis: 60000 });
const meters = new MeterProvider({ resource, readers: [reader] });
const meter = meters.getMeter('test');
meter.createCounter('orders').add(7, { country: 'DE' });
const seconds = meter.createHistogram('wait', { unit: 's' });
for (let i = 0; i < 100; i++) seconds.record(i / 1000);
await tracing.shutdown();
await meters.shutdown();
console.log(root.spanContext().traceId);
"""


def install(folder):
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"type": "module"}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=folder,
                       check=True, timeout=INSTALL_S, stdout=subprocess.DEVNULL)
    (folder / "client.mjs").write_text(CLIENT)


def run(folder, platform, token):
    return subprocess.run(["node", "client.mjs"], cwd=folder, text=True, capture_output=True,
                          timeout=RUN_S, check=False, env=dict(
                              os.environ, OTLP_URL=platform.ready["listen"], OTLP_TOKEN=token))


def traces(platform, trace):
    found = wait_for("the spans", lambda: (lambda a: a.json()["spans"] if a.status == 200 else None)(
        platform.control("GET", f"/v1/traces/{trace}")))
    root, child = sorted(found, key=lambda s: s["parent_id"] is not None)
    assert (root["name"], child["name"]) == ("POST /checkout", "charge"), found
    assert child["parent_id"] == root["span_id"] and child["status"] == "error", found
    assert root["function"] == "checkout" and root["kind"] == "remote", root


def metrics(platform):
    found = {s["name"]: s for s in
             platform.control("GET", "/v1/otlp/received").json()["series"]}
    assert found["orders"]["value"] == 7 and "country=DE" in found["orders"]["attributes"], found
    assert found["wait"]["count"] == 100 and found["wait"]["unit"] == "s", found
    assert found["wait"]["p50"]["low"] <= 0.05 <= found["wait"]["p50"]["high"], found


def stranger(folder, platform):
    def received():
        return platform.control("GET", "/v1/otlp/received").json()["series"]
    before = received()
    run(folder, platform, "farthing_wrong")
    assert received() == before


def main():
    tap = Tap()
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        print(f"1..0 # SKIP {' and '.join(missing)} are not installed")
        return 0
    folder = BUILD / "otlp-client"
    install(folder)
    with Platform("--listen", "127.0.0.1:0") as platform:
        token = platform.ctl("token", "add", "js", "--scope", "telemetry:write")["token"]
        sent = run(folder, platform, token)
        assert sent.returncode == 0, sent
        tap.run("traces", traces, platform, sent.stdout.strip())
        tap.run("metrics", metrics, platform)
        tap.run("a wrong token brings nothing in", stranger, folder, platform)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
