# SPDX-License-Identifier: GPL-3.0-or-later
"""A printing press for lino cuts: flat inks, hand-cut edges, and light carved out of the block in
tapered gouges. Everything is drawn with cairo and a generator seeded by the picture's name, so that
the same script makes the same picture."""

import math
import random
import struct
import zlib

import cairo

WIDTH, HEIGHT = 1200, 675
COLOURS_MAX = 56  # in the palette of a finished PNG

PAPER = (0.957, 0.925, 0.855)
INK = (0.110, 0.149, 0.212)
RUST = (0.757, 0.302, 0.165)
OCHRE = (0.886, 0.643, 0.227)
SEA = (0.200, 0.435, 0.478)
FOAM = (0.655, 0.784, 0.765)
SAGE = (0.478, 0.561, 0.361)
STRAW = (0.945, 0.824, 0.557)
PLUM = (0.431, 0.259, 0.345)
PEACH = (0.941, 0.718, 0.576)
SLATE = (0.345, 0.420, 0.478)


def mix(a, b, t):
    return tuple(x + (y - x) * t for x, y in zip(a, b))


class Sheet:
    """One picture. Shapes are lists of points; `carve` cuts light or shade into the last of them."""

    def __init__(self, name, ground, width=WIDTH, height=HEIGHT):
        self.rng = random.Random("ropewalk/" + name)
        self.width, self.height = width, height
        self.surface = cairo.ImageSurface(cairo.FORMAT_RGB24, width, height)
        self.c = cairo.Context(self.surface)
        self.c.set_line_cap(cairo.LINE_CAP_ROUND)
        self.c.set_line_join(cairo.LINE_JOIN_ROUND)
        self.c.set_source_rgb(*ground)
        self.c.paint()

    # Paths

    def jitter(self, amount):
        return self.rng.uniform(-amount, amount)

    def cut(self, points, wobble=1.2, step=38):
        """A straight-sided outline as a knife would leave it."""
        out = []
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1]):
            n = max(1, int(math.hypot(x1 - x0, y1 - y0) / step))
            for i in range(n):
                t = i / n
                w = wobble if i else wobble * 0.6
                out.append((x0 + (x1 - x0) * t + self.jitter(w),
                            y0 + (y1 - y0) * t + self.jitter(w)))
        return out

    def smooth(self, points, closed=True, per=10):
        """A Catmull-Rom curve through points."""
        n = len(points)
        out = []
        for i in range(n if closed else n - 1):
            def at(k):
                return points[k % n] if closed else points[min(max(k, 0), n - 1)]
            p0, p1, p2, p3 = at(i - 1), at(i), at(i + 1), at(i + 2)
            for k in range(per):
                t = k / per
                out.append(tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                           + (3 * b - a - 3 * c + d) * t ** 3)
                    for a, b, c, d in zip(p0, p1, p2, p3)))
        if not closed:
            out.append(points[-1])
        return out

    def round(self, x, y, rx, ry=None, wobble=0.006, turn=0.0):
        ry = rx if ry is None else ry
        ps = []
        n = max(20, int(max(rx, ry) / 5))
        for i in range(n):
            a = 2 * math.pi * i / n
            k = 1 + self.jitter(wobble)
            px, py = rx * k * math.cos(a), ry * k * math.sin(a)
            ps.append((x + px * math.cos(turn) - py * math.sin(turn),
                       y + px * math.sin(turn) + py * math.cos(turn)))
        return self.smooth(ps, per=4)

    def box(self, x, y, w, h, wobble=1.2):
        return self.cut([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], wobble)

    # Ink

    def trace(self, points, closed=True):
        self.c.new_path()
        for p in points:
            self.c.line_to(*p)
        if closed:
            self.c.close_path()

    def fill(self, points, colour, key=0.0):
        """Prints a shape; with key, an ink line of that width round it."""
        self.trace(points)
        self.c.set_source_rgb(*colour)
        self.c.fill_preserve()
        if key:
            self.c.set_source_rgb(*INK)
            self.c.set_line_width(key)
            self.c.stroke_preserve()
        self.c.new_path()
        return points

    def line(self, points, colour, width, closed=False):
        self.trace(points, closed)
        self.c.set_source_rgb(*colour)
        self.c.set_line_width(width)
        self.c.stroke()

    def gouge(self, x0, y0, x1, y1, width, colour, bow=0.0):
        """One tapered stroke of the tool."""
        dx, dy = x1 - x0, y1 - y0
        length = math.hypot(dx, dy) or 1
        nx, ny = -dy / length, dx / length
        mx, my = (x0 + x1) / 2 + nx * bow, (y0 + y1) / 2 + ny * bow
        h = width
        self.c.new_path()
        self.c.move_to(x0, y0)
        self.c.curve_to(mx + nx * h - dx * .2, my + ny * h - dy * .2,
                        mx + nx * h + dx * .2, my + ny * h + dy * .2, x1, y1)
        self.c.curve_to(mx - nx * h + dx * .2, my - ny * h + dy * .2,
                        mx - nx * h - dx * .2, my - ny * h - dy * .2, x0, y0)
        self.c.set_source_rgb(*colour)
        self.c.fill()

    def carve(self, points, colour, angle, gap=14, width=3.2, run=(40, 120), rest=14,
              weight=None, bow=0.0):
        """Rows of gouges inside a shape, at an angle in degrees. weight(u, v) in 0..1 thins them:
        u runs across the rows from 0 to 1, v along them."""
        a = math.radians(angle)
        ca, sa = math.cos(a), math.sin(a)
        us = [-x * sa + y * ca for x, y in points]
        vs = [x * ca + y * sa for x, y in points]
        u0, u1, v0, v1 = min(us), max(us), min(vs), max(vs)
        self.c.save()
        self.trace(points)
        self.c.clip()
        u = u0 + gap * 0.5
        while u < u1:
            v = v0 - self.rng.uniform(0, run[1])
            while v < v1:
                length = self.rng.uniform(*run)
                mid = (v + length / 2 - v0) / max(1, v1 - v0)
                k = 1.0 if weight is None else weight((u - u0) / max(1, u1 - u0), mid)
                if k > 0.06:
                    uu = u + self.jitter(gap * 0.12)
                    length_k = length * (0.45 + 0.55 * min(1, k))
                    self.gouge(v * ca - uu * sa, v * sa + uu * ca,
                               (v + length_k) * ca - uu * sa, (v + length_k) * sa + uu * ca,
                               width * k * self.rng.uniform(0.8, 1.15), colour, bow)
                v += length + rest * self.rng.uniform(0.5, 1.6)
            u += gap
        self.c.restore()

    def rays(self, x, y, r0, r1, n, width, colour, spread=(0, 360), bow=0.0):
        """Gouges that leave a centre."""
        for i in range(n):
            a = math.radians(spread[0] + (spread[1] - spread[0]) * (i + .5) / n
                             + self.jitter(90 / n))
            p, q = r0 * self.rng.uniform(.98, 1.06), r1 * self.rng.uniform(.82, 1.08)
            self.gouge(x + p * math.cos(a), y + p * math.sin(a),
                       x + q * math.cos(a), y + q * math.sin(a), width, colour, bow)

    def chatter(self, colour, n=46, margin=70):
        """The stray marks that a gouge leaves near the edge of a block."""
        for _ in range(n):
            side = self.rng.randrange(4)
            t = self.rng.random()
            d = self.rng.uniform(24, margin)
            length = self.rng.uniform(10, 30)
            if side < 2:
                x, y = t * self.width, d if side == 0 else self.height - d
                self.gouge(x, y, x + length, y + self.jitter(3), 1.7, colour)
            else:
                x, y = d if side == 2 else self.width - d, t * self.height
                self.gouge(x, y, x + self.jitter(3), y + length, 1.7, colour)

    def border(self, inset=20):
        """Bare paper round the block, with a hand-cut edge."""
        w, h = self.width, self.height
        inner = self.cut([(inset, inset), (w - inset, inset), (w - inset, h - inset),
                          (inset, h - inset)], 1.6, 26)
        self.c.set_fill_rule(cairo.FILL_RULE_EVEN_ODD)
        self.c.new_path()
        self.c.rectangle(-2, -2, w + 4, h + 4)
        self.c.new_sub_path()
        for p in inner:
            self.c.line_to(*p)
        self.c.close_path()
        self.c.set_source_rgb(*PAPER)
        self.c.fill()
        self.c.set_fill_rule(cairo.FILL_RULE_WINDING)

    def words(self, text, x, y, size, colour, family="Cantarell", bold=True, centre=True):
        self.c.select_font_face(family, cairo.FONT_SLANT_NORMAL,
                                cairo.FONT_WEIGHT_BOLD if bold else cairo.FONT_WEIGHT_NORMAL)
        self.c.set_font_size(size)
        e = self.c.text_extents(text)
        self.c.move_to(x - (e.x_advance / 2 if centre else 0), y)
        self.c.set_source_rgb(*colour)
        self.c.show_text(text)

    # Proofs

    def pixels(self):
        """Rows of RGB bytes."""
        self.surface.flush()
        data, stride = bytes(self.surface.get_data()), self.surface.get_stride()
        for y in range(self.height):
            row = data[y * stride:y * stride + self.width * 4]
            out = bytearray(self.width * 3)
            out[0::3], out[1::3], out[2::3] = row[2::4], row[1::4], row[0::4]
            yield bytes(out)

    def save(self, path):
        """A PNG with a palette: a print has few colours, and this is a quarter of the size."""
        rows = list(self.pixels())
        palette, index = quantise(rows)
        raw = b"".join(b"\0" + bytes(index[row[i:i + 3]] for i in range(0, len(row), 3))
                       for row in rows)

        def chunk(kind, body):
            return (struct.pack(">I", len(body)) + kind + body
                    + struct.pack(">I", zlib.crc32(kind + body)))
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0))
            + chunk(b"PLTE", b"".join(palette))
            + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def quantise(rows):
    """Palette and colour → index: the most frequent colours, the others to their nearest."""
    count = {}
    for row in rows:
        for i in range(0, len(row), 3):
            p = row[i:i + 3]
            count[p] = count.get(p, 0) + 1
    palette = []
    for p in sorted(count, key=lambda p: (-count[p], p)):
        near = min((sum((a - b) ** 2 for a, b in zip(p, q)) for q in palette), default=1e9)
        if near >= 300:
            palette.append(p)
        if len(palette) == COLOURS_MAX:
            break
    index = {p: min(range(len(palette)),
                    key=lambda i: sum((a - b) ** 2 for a, b in zip(p, palette[i])))
             for p in count}
    return palette, index
