# SPDX-License-Identifier: GPL-3.0-or-later
"""The advertisers' creatives: two pictures, and two films of three seconds drawn a frame at a
time. Advertisers and their goods are invented."""

import math
import random
import struct

from .press import (FOAM, INK, OCHRE, PAPER, PEACH, PLUM, RUST, SAGE, SEA, SLATE, STRAW, Sheet,
                    mix)

FILM_WIDTH, FILM_HEIGHT = 640, 360
FILM_RATE = 20          # frames a second
FILM_FRAMES = 58        # 2.9 s
SOUND_RATE = 44100      # samples a second


def brackwater_tin():
    ground = mix(SEA, FOAM, .25)
    s = Sheet("brackwater-tin", ground)
    s.carve(s.box(0, 0, 1200, 560), mix(ground, PAPER, .3), 0, gap=27, width=2.8, run=(60, 240),
            rest=90)
    shelf = s.fill(s.cut([(0, 560), (1200, 552), (1200, 680), (0, 680)]), mix(OCHRE, RUST, .4), 9)
    s.carve(shelf, STRAW, 0, gap=20, width=3, run=(120, 360), rest=60)
    for x, top, tilt, colour in [(206, 120, -46, RUST), (270, 92, -14, OCHRE), (330, 130, 10, PLUM),
                                 (378, 84, 30, SAGE), (420, 140, 58, PEACH)]:
        s.line([(x + tilt, top), (x - tilt * .3, 300)], INK, 34)
        s.line([(x + tilt, top + 8), (x - tilt * .3, 300)], colour, 20)
        s.line([(x + tilt, top), (x + tilt * .93, top + 16)], STRAW, 17)
        s.line([(x + tilt, top - 4), (x + tilt, top + 2)], INK, 9)
    tin = s.fill(s.box(150, 236, 330, 348, .8), mix(SEA, INK, .5), 11)
    s.carve(tin, SEA, 90, gap=18, width=3.4, run=(60, 200), rest=40,
            weight=lambda u, v: abs(u - .5) * 2)
    s.fill(s.box(138, 226, 354, 30), OCHRE, 9)
    s.fill(s.round(315, 416, 122, 138), STRAW, 8)
    reeds = s.round(315, 416, 116, 132)
    s.carve(reeds, mix(SAGE, INK, .2), 84, gap=19, width=4, run=(40, 90), rest=40,
            weight=lambda u, v: max(0, v * 2 - 1))
    # The heron.
    s.fill(s.smooth([(296, 440), (270, 420), (282, 384), (318, 372), (352, 392), (384, 436),
                     (348, 444)]), SLATE, 5)
    neck = s.smooth([(296, 392), (270, 366), (296, 338), (284, 308)], closed=False)
    s.line(neck, INK, 22)
    s.line(neck, SLATE, 13)
    s.fill(s.round(280, 302, 18, 13), SLATE, 5)
    s.fill([(270, 296), (208, 312), (272, 312)], OCHRE, 5)
    s.gouge(290, 294, 346, 300, 4, INK)
    s.fill(s.round(277, 300, 3.4), INK)
    for x in (316, 336):
        s.line([(x, 440), (x + 4, 488), (x - 2, 524)], INK, 6)
    s.words("Brackwater", 828, 226, 92, PAPER, family="DejaVu Serif Condensed")
    s.words("tea from the slow side of the river", 828, 282, 32, PAPER, bold=False)
    s.line([(620, 330), (1036, 330)], PAPER, 3)
    s.words("The tin you keep.", 828, 420, 58, STRAW, family="DejaVu Serif Condensed")
    s.chatter(mix(ground, PAPER, .6))
    s.border()
    return s


def wheel(s, x, y, r, turn=0.0, spokes=16, tyre=9):
    s.line(s.round(x, y, r, wobble=.002), INK, tyre, closed=True)
    for i in range(spokes):
        a = turn + 2 * math.pi * i / spokes
        s.line([(x + 6 * math.cos(a + .5), y + 6 * math.sin(a + .5)),
                (x + r * math.cos(a), y + r * math.sin(a))], INK, max(1.2, tyre * .2))
    s.fill(s.round(x, y, max(4, r * .09)), OCHRE, 3)


def pennywhistle_spare_parts():
    ground = mix(PAPER, STRAW, .55)
    s = Sheet("pennywhistle-spare-parts", ground)
    s.carve(s.box(0, 0, 1200, 675), mix(ground, OCHRE, .35), 90, gap=40, width=2.2, run=(40, 140),
            rest=110)
    shadow = mix(ground, INK, .18)
    # A specimen case: rows of parts, each with its shadow.
    wheel(s, 170, 206, 118)
    wheel(s, 430, 206, 118)
    # Bottom bracket, seat tube, top tube, head, fork and the stays.
    frame = [[(690, 300), (640, 140)], [(690, 300), (850, 160)], [(640, 140), (842, 130)],
             [(690, 300), (560, 300)], [(560, 300), (640, 140)], [(830, 96), (872, 226)],
             [(872, 226), (900, 300)]]
    frame = [[(x + 22, y) for x, y in tube] for tube in frame]
    for a, b in frame:
        s.line([(a[0] + 8, a[1] + 11), (b[0] + 8, b[1] + 11)], shadow, 17)
    for a, b in frame:
        s.line([a, b], INK, 24)
    for a, b in frame:
        s.line([a, b], RUST, 13)
    bars = s.smooth([(972, 130), (1012, 110), (1060, 122), (1106, 110), (1142, 154), (1110, 186)],
                    closed=False)
    s.line(bars, INK, 20)
    s.line(bars, SLATE, 10)
    s.line(bars[-9:], PLUM, 17)
    s.line(bars[:7], PLUM, 17)
    saddle = s.fill(s.smooth([(962, 262), (1020, 246), (1110, 240), (1150, 256), (1150, 296),
                              (1104, 304), (1040, 284), (966, 280)]), PLUM, 8)
    s.carve(saddle, mix(PLUM, PEACH, .6), -4, gap=12, width=3, run=(30, 90), rest=16,
            weight=lambda u, v: max(0, 1 - u * 1.5))
    teeth = [(134 + (82 if i % 2 else 68) * math.cos(math.pi * i / 20),
              470 + (82 if i % 2 else 68) * math.sin(math.pi * i / 20)) for i in range(40)]
    s.fill(teeth, SEA, 7)
    s.fill(s.round(134, 470, 44), ground, 6)
    for k in range(5):
        a = 2 * math.pi * k / 5
        s.line([(134, 470), (134 + 52 * math.cos(a), 470 + 52 * math.sin(a))], INK, 13)
        s.line([(134, 470), (134 + 52 * math.cos(a), 470 + 52 * math.sin(a))], SEA, 6)
    s.line([(134, 470), (196, 566)], INK, 24)
    s.line([(134, 470), (196, 566)], SEA, 13)
    s.fill(s.box(172, 560, 78, 24), INK)
    for i in range(12):
        x, y = 272 + i * 25, 452 + 22 * math.sin(i * .8)
        s.fill(s.round(x, y, 13, 9), SLATE, 5)
        s.fill(s.round(x, y, 4), INK)
    bell = s.fill(s.smooth([(300, 580), (306, 540), (346, 520), (386, 540), (392, 580)], per=6),
                  OCHRE, 8)
    s.carve(bell, PAPER, 60, gap=14, width=3.4, run=(14, 36), rest=10,
            weight=lambda u, v: max(0, 1 - v * 1.2))
    s.fill(s.box(290, 578, 112, 12), INK)
    s.fill(s.round(450, 566, 26, 24), STRAW, 8)
    s.line([(424, 566), (404, 548)], INK, 8)
    for i in range(4):
        x = 512 + i * 26
        s.line([(x, 540), (x, 590)], INK, 6)
        s.fill(s.round(x, 538, 10, 8), SLATE, 4)
    s.words("Pennywhistle", 858, 452, 74, INK, family="DejaVu Serif Condensed")
    s.words("BICYCLES", 858, 496, 28, RUST)
    s.words("Every part, for fifty years.", 858, 574, 38, INK, bold=False)
    s.border()
    return s


PICTURES = {
    "brackwater-tin": brackwater_tin,
    "pennywhistle-spare-parts": pennywhistle_spare_parts,
}


def ease(t):
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


def kettle_frame(i):
    """Dusk falls in the window while the kettle comes to the boil; then the words."""
    t = i / FILM_FRAMES
    dusk = ease(t * 1.5)
    wall = mix(mix(PEACH, RUST, .12), mix(PLUM, INK, .3), dusk)
    s = Sheet("kettle", wall, FILM_WIDTH, FILM_HEIGHT)
    s.carve(s.box(0, 0, 640, 270), mix(wall, PAPER, .16), 90, gap=30, width=1.6, run=(40, 120),
            rest=60)
    s.fill(s.box(52, 38, 176, 168), mix(mix(FOAM, STRAW, .4), mix(SEA, INK, .7), dusk), 8)
    if dusk > .5:
        for x, y in [(84, 66), (120, 106), (192, 158), (90, 170), (206, 60)]:
            s.fill(s.round(x, y, 2.2), mix(wall, PAPER, dusk))
        s.fill(s.round(176, 92, 19), STRAW)
        s.fill(s.round(168, 87, 17), mix(mix(FOAM, STRAW, .4), mix(SEA, INK, .7), dusk))
    s.line([(140, 40), (140, 204)], INK, 6)
    s.line([(54, 122), (226, 122)], INK, 6)
    s.fill(s.box(38, 202, 204, 16), PAPER, 5)
    s.fill(s.box(-10, 286, 660, 90), mix(SLATE, INK, .4), 6)
    # The flame, the kettle and its lid, which begins to tremble.
    for k in range(7):
        h = 12 + 5 * math.sin(i * 1.3 + k * 2.1)
        s.fill(s.smooth([(300 + k * 15 - 6, 292), (300 + k * 15, 292 - h), (300 + k * 15 + 6, 292)]),
               SEA if k % 2 else mix(SEA, FOAM, .6))
    s.fill(s.box(282, 276, 128, 9), INK)
    s.line(s.smooth([(304, 186), (306, 144), (346, 130), (386, 144), (388, 186)], closed=False), INK, 13)
    s.fill([(394, 250), (398, 216), (442, 176), (456, 188), (424, 258)], RUST, 6)
    s.fill(s.smooth([(286, 270), (278, 228), (300, 190), (346, 176), (392, 190), (414, 228),
                     (406, 270)]), RUST, 6)
    s.gouge(304, 246, 316, 200, 6, mix(RUST, PEACH, .7))
    s.gouge(322, 250, 330, 204, 4, mix(RUST, PEACH, .7))
    shake = 2.2 * math.sin(i * 2.7) * ease((t - .25) * 3)
    s.fill(s.round(346, 178 + abs(shake) * -1.2, 38, 9), mix(RUST, INK, .25), 5)
    s.fill(s.round(346 + shake * .4, 166 - abs(shake), 8), OCHRE, 4)
    steam = ease((t - .2) * 2.2)
    for k in range(7):
        age = (i * .045 + k / 7) % 1
        x, y = 456 + age * 70 + 12 * math.sin(age * 7 + k), 176 - age * 130
        r = (7 + age * 26) * steam * (1 - age * .35)
        if r > 1:
            s.fill(s.round(x, y, r, r * .8, wobble=.03), mix(wall, PAPER, .82 * (1 - age * .75)))
    words = ease((t - .5) * 5)
    if words > 0:
        s.words("Brackwater Tea", 320, 322 + 10 * (1 - words), 30, mix(mix(SLATE, INK, .4), STRAW, words),
                family="DejaVu Serif Condensed")
        s.words("Put the day down.", 320, 346 + 10 * (1 - words), 16, mix(mix(SLATE, INK, .4), PAPER, words),
                bold=False)
    return s


def downhill_frame(i):
    """A bicycle rolls down the lane; the sea comes nearer."""
    t = i / FILM_FRAMES
    s = Sheet("downhill", mix(STRAW, PEACH, .35), FILM_WIDTH, FILM_HEIGHT)
    s.fill(s.round(486, 92, 34), mix(OCHRE, PAPER, .2))
    shift = ease(t) * 90
    s.fill([(0, 150 - shift * .1), (640, 150 - shift * .1), (640, 320), (0, 320)], SEA)
    for k in range(14):
        x = (k * 53 + i * 1.4) % 700 - 40
        s.gouge(x, 160 + (k * 7) % 44 - shift * .1, x + 34, 160 + (k * 7) % 44 - shift * .1, 1.6, FOAM)
    s.fill([(150 - shift * .3, 150 - shift * .1), (172 - shift * .3, 124 - shift * .1),
            (172 - shift * .3, 150 - shift * .1)], PAPER)
    for depth, base, colour, light in [(.55, 214, mix(SAGE, PAPER, .25), mix(SAGE, PAPER, .55)),
                                       (1.0, 262, SAGE, mix(SAGE, STRAW, .5))]:
        hill = [(x, base - 26 * math.sin((x + i * 9 * depth) * .011) + (x - 320) * .05)
                for x in range(-10, 660, 12)]
        s.fill(hill + [(660, 370), (-10, 370)], colour)
        for k in range(18):
            x = (k * 71 - i * 9 * depth) % 760 - 60
            y = base - 26 * math.sin((x + i * 9 * depth) * .011) + (x - 320) * .05
            s.gouge(x, y + 16 + k % 3 * 9, x + 26, y + 15 + k % 3 * 9, 1.8, light)
    lane = [(x, 292 + (x - 320) * .06 + 5 * math.sin((x + i * 12) * .02)) for x in range(-10, 660, 12)]
    s.fill(lane + [(660, 370), (-10, 370)], mix(PEACH, PAPER, .25))
    s.line(lane, mix(SAGE, INK, .4), 7)
    for k in range(12):
        x = (k * 67 - i * 12) % 760 - 60
        s.gouge(x, 312 + k % 4 * 11, x + 40, 314 + k % 4 * 11, 1.8, mix(PEACH, RUST, .4))
    # The bicycle.
    x = 150 + 180 * ease(t * 1.3)
    y = 254 + (x - 320) * .06 + 5 * math.sin((x + i * 12) * .02) + 1.2 * math.sin(i * 1.9)
    lean = math.radians(3.5)

    def at(px, py):
        return (x + px * math.cos(lean) - py * math.sin(lean),
                y + px * math.sin(lean) + py * math.cos(lean))
    for px in (-46, 46):
        wheel(s, *at(px, 0), 34, turn=i * .36, spokes=10, tyre=5)
    for a, b in [((-46, 0), (-18, -44)), ((-46, 0), (-6, 2)), ((-18, -44), (-6, 2)),
                 ((-6, 2), (34, -40)), ((-18, -44), (34, -42)), ((32, -56), (46, 0))]:
        s.line([at(*a), at(*b)], INK, 8)
        s.line([at(*a), at(*b)], RUST, 4)
    s.line([at(-21, -44), at(-24, -54)], INK, 4)
    s.fill(s.smooth([at(-36, -60), at(-8, -60), at(-10, -53), at(-34, -53)]), PLUM)
    s.line(s.smooth([at(32, -56), at(28, -66), at(14, -64)], closed=False), INK, 5)
    # A rider with a scarf, feet off the pedals.
    s.line([at(-20, -60), at(14, -22), at(34, -4)], INK, 13)
    s.line([at(-20, -62), at(-8, -104)], INK, 30)
    s.line([at(-20, -62), at(-8, -104)], SEA, 23)
    s.line([at(-6, -98), at(16, -66)], INK, 12)
    s.line([at(-6, -98), at(15, -67)], SEA, 7)
    wave = [at(-8 - k * 9, -112 + 5 * math.sin(i * .8 - k * .9)) for k in range(7)]
    s.line(wave, OCHRE, 8)
    s.fill(s.round(*at(0, -126), 12, 13), PEACH, 4)
    s.fill(s.smooth([at(-13, -127), at(-10, -139), at(4, -142), at(14, -132), at(2, -132)]), INK)
    words = ease((t - .42) * 4)
    if words > 0:
        sky = mix(STRAW, PEACH, .35)
        s.words("Pennywhistle", 176, 66 + 8 * (1 - words), 42, mix(sky, INK, words),
                family="DejaVu Serif Condensed")
        s.words("Bicycles built to be mended.", 176, 94 + 8 * (1 - words), 18, mix(sky, RUST, words))
    return s


FILMS = {
    "brackwater-evening-kettle": (kettle_frame, "kettle"),
    "pennywhistle-downhill": (downhill_frame, "downhill"),
}


def sound(kind):
    """Two soft channels of 16-bit samples: a kettle that begins to sing, or a freewheel and a bell."""
    rng = random.Random("ropewalk/sound/" + kind)
    seconds = FILM_FRAMES / FILM_RATE
    n = int(SOUND_RATE * seconds)
    out = bytearray()
    low = 0.0
    for i in range(n):
        t = i / SOUND_RATE
        low += .04 * (rng.uniform(-1, 1) - low)
        edge = min(1, t * 5, (seconds - t) * 4)
        if kind == "kettle":
            a = .5 * low * (.4 + t * .5)
            for f, k in ((392, 1.0), (587, .6), (784, .35)):
                start = .9 + (1.0 - k) * .6
                a += k * .09 * math.sin(2 * math.pi * f * t) * ease((t - start) * 1.6)
        else:
            click = (t * 11) % 1
            a = .25 * low + .05 * rng.uniform(-1, 1) * math.exp(-click * 40)
            for start in (1.25, 1.47):
                d = t - start
                if d > 0:
                    a += .13 * math.exp(-d * 3.2) * (math.sin(2 * math.pi * 1568 * d)
                                                     + .5 * math.sin(2 * math.pi * 3951 * d)
                                                     * math.exp(-d * 5))
        v = max(-1.0, min(1.0, a * edge))
        out += struct.pack("<hh", int(v * 20000), int(v * 20000))
    return bytes(out)
