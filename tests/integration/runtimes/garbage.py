#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runtime that keeps no rule: a program of its own (bootstrap) that speaks the Runtime API by hand
and does what its event asks for."""
import json
import os
import socket
import time

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
PREFIX = "/2018-06-01/runtime/invocation/"


def connect():
    return socket.create_connection((HOST, int(PORT)))


def next_event():
    with connect() as link:
        link.sendall(("GET %snext HTTP/1.1\r\nHost: r\r\n\r\n" % PREFIX).encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += link.recv(65536)
        head, body = data.split(b"\r\n\r\n", 1)
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        while len(body) < int(fields["Content-Length"]):
            body += link.recv(65536)
    return fields["Lambda-Runtime-Aws-Request-Id"], json.loads(body)["how"]


def post(request, extra, body, what=b"response"):
    with connect() as link:
        link.sendall(b"POST %s%s/%s HTTP/1.1\r\nHost: r\r\n%s\r\n%s"
                     % (PREFIX.encode(), request.encode(), what, extra, body))
        return link.recv(65536)


def misbehave(request, how):
    if how == "no-json":
        post(request, b"Content-Length: 5\r\n", b"\x00\xff{[\x80")
    elif how == "two-lengths":
        post(request, b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}")
    elif how == "bad-chunks":
        post(request, b"Transfer-Encoding: chunked\r\n", b"zz\r\nhello\r\n0\r\n\r\n")
    elif how == "huge-head":
        post(request, b"X: " + b"y" * 100000 + b"\r\nContent-Length: 2\r\n", b"{}")
    elif how == "half":
        link = connect()
        link.sendall(b"POST %s%s/response HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"
                     % (PREFIX.encode(), request.encode()))
        time.sleep(60)
    elif how == "bytes":
        post(request, b"Content-Length: 6000000\r\n", b"\x01" * 6000000, b"error")
        return
    elif how == "others":
        post("00000000-0000-7000-8000-000000000000", b"Content-Length: 2\r\n", b"{}")
        os.write(1, b"\x00\x1b[31m" + b"x" * 300000 + b"\n")
    elif how == "flood":
        links = [connect() for _ in range(300)]
        for link in links:
            link.sendall(b"GET / HTTP/1.1\r\n")
    post(request, b"Content-Length: 4\r\n", b"true")


while True:
    misbehave(*next_event())
