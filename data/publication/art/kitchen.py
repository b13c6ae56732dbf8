# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the Kitchen pages: peach ground, night in the window."""

import math

from .press import (FOAM, INK, OCHRE, PAPER, PEACH, PLUM, RUST, SAGE, SEA, SLATE, STRAW, Sheet,
                    mix)


def tiles(s, ground, bottom):
    """The tiled wall behind the stove."""
    light = mix(ground, PAPER, .5)
    for row, y in enumerate(range(14, bottom, 78)):
        s.line([(0, y + s.jitter(1)), (1200, y + s.jitter(1))], light, 3.4)
        for x in range(-60 if row % 2 else 0, 1260, 128):
            s.line([(x + s.jitter(1), y), (x + s.jitter(1), min(bottom, y + 78))], light, 3.4)


def slice_of_orange(s, x, y, r, flat, turn):
    """A round slice, seen at a slant: flat is its height for its width."""
    def at(a, k):
        px, py = r * k * math.cos(a + turn), r * k * flat * math.sin(a + turn)
        return x + px, y + py
    s.fill(s.round(x, y, r, r * flat), OCHRE, 6)
    s.fill(s.round(x, y, r * .84, r * .84 * flat), PAPER)
    for i in range(8):
        a, b = 2 * math.pi * (i + .09) / 8, 2 * math.pi * (i + .91) / 8
        wedge = s.smooth([at((a + b) / 2, .14), at(a + .06, .55), at(a + .04, .74),
                          at((a + b) / 2, .79), at(b - .04, .74), at(b - .06, .55)], per=5)
        s.fill(wedge, mix(OCHRE, RUST, .42))
        m = (a + b) / 2
        s.gouge(*at(m, .3), *at(m, .7), 2, STRAW)


def a_pan_of_marmalade():
    ground = PEACH
    s = Sheet("a-pan-of-marmalade", ground)
    tiles(s, ground, 400)
    stove = s.fill(s.cut([(0, 470), (1200, 470), (1200, 675), (0, 675)]), mix(SLATE, INK, .35), 9)
    s.carve(stove, mix(SLATE, PAPER, .25), 0, gap=24, width=2.8, run=(80, 300), rest=60)
    # Steam first: it stands behind nothing but the wall.
    for x, sway, top in [(420, 30, 84), (600, -34, 52), (770, 32, 96)]:
        plume = s.smooth([(x, 300), (x + sway, 240), (x - sway, 180), (x + sway * .8, 120),
                          (x - sway * .4, top)], closed=False)
        s.line(plume, PAPER, 15)
        s.line([(px + 13, py + 8) for px, py in plume], mix(ground, PAPER, .6), 5)
    # Handles, pan, rim.
    for side in (-1, 1):
        grip = s.smooth([(600 + side * 395, 372), (600 + side * 482, 350),
                         (600 + side * 492, 408), (600 + side * 384, 424)], closed=False)
        s.line(grip, INK, 36)
        s.line(grip, OCHRE, 19)
    pan = s.fill(s.smooth([(180, 330), (196, 460), (252, 560), (420, 604), (600, 612), (780, 604),
                           (948, 560), (1004, 460), (1020, 330)]), mix(RUST, INK, .06), 10)
    s.carve(pan, mix(RUST, OCHRE, .75), 86, gap=15, width=4, run=(60, 190), rest=16,
            weight=lambda u, v: max(0, 1 - abs(u - .72) * 3.2))
    s.carve(pan, mix(RUST, INK, .5), 92, gap=15, width=4, run=(60, 160), rest=14,
            weight=lambda u, v: max(0, (.34 - u) * 3))
    s.fill(s.round(600, 322, 424, 124), OCHRE, 10)
    s.fill(s.round(600, 332, 384, 100), mix(OCHRE, RUST, .62), 7)
    syrup = s.round(600, 336, 374, 92)
    s.carve(syrup, STRAW, 0, gap=16, width=2.8, run=(30, 120), rest=46)
    for x, y, r, t in [(392, 326, 98, .2), (566, 372, 92, .5), (718, 298, 86, .1),
                       (852, 346, 80, .35), (536, 282, 70, .8)]:
        slice_of_orange(s, x, y, r, .40, t)
    for x, y, r in [(668, 396, 15), (700, 380, 9), (456, 394, 12), (306, 350, 11), (790, 396, 13),
                    (640, 330, 8), (470, 300, 8), (906, 318, 9)]:
        s.fill(s.round(x, y, r, r * .62), STRAW, 4)
    # The thermometer leans on the rim, its red at a hundred and four.
    s.line([(800, 330), (966, 70)], INK, 40)
    s.line([(800, 330), (966, 70)], PAPER, 26)
    s.line([(812, 311), (925, 134)], RUST, 9)
    for i in range(9):
        x, y = 832 + i * 15.6, 280 - i * 24.4
        s.line([(x + 4, y + 1), (x + (22 if i % 2 else 15), y + (12 if i % 2 else 8))], INK, 3)
    s.carve(s.round(600, 430, 424, 40), mix(RUST, OCHRE, .5), 0, gap=50, width=.1)
    s.chatter(mix(ground, PAPER, .75))
    s.border()
    return s


def jar(s, x, w, top, bottom, filling):
    """A jar with its lid; filling(clip) draws what is in it."""
    neck, shoulder = top + 36, top + 92
    glass = s.smooth([(x - w * .38, neck), (x - w * .4, neck + 22), (x - w * .5, shoulder),
                      (x - w * .5, bottom - 26), (x - w * .44, bottom), (x, bottom + 3),
                      (x + w * .44, bottom), (x + w * .5, bottom - 26), (x + w * .5, shoulder),
                      (x + w * .4, neck + 22), (x + w * .38, neck)], per=6)
    s.fill(glass, mix(FOAM, PAPER, .45), 9)
    inside = s.smooth([(x - w * .44, shoulder + 12), (x - w * .44, bottom - 30),
                       (x - w * .38, bottom - 13), (x, bottom - 10), (x + w * .38, bottom - 13),
                       (x + w * .44, bottom - 30), (x + w * .44, shoulder + 12)], per=6)
    s.c.save()
    s.trace(inside)
    s.c.clip()
    filling(inside)
    s.c.restore()
    s.line(inside, INK, 4, closed=True)
    # Light down the left, and the lid.
    s.gouge(x - w * .37, shoulder + 26, x - w * .37, bottom - 70, 9, PAPER)
    s.gouge(x - w * .29, shoulder + 40, x - w * .29, shoulder + 150, 5, PAPER)
    lid = s.fill(s.box(x - w * .42, top, w * .84, 46), RUST, 8)
    s.carve(lid, mix(RUST, OCHRE, .6), 90, gap=13, width=3, run=(24, 44), rest=6)


def two_per_cent():
    ground = mix(PEACH, PAPER, .1)
    s = Sheet("two-per-cent", ground)
    s.carve(s.box(0, 0, 1200, 500), mix(ground, PAPER, .6), 90, gap=40, width=2.6, run=(60, 180),
            rest=70)
    shelf = s.fill(s.cut([(0, 520), (1200, 512), (1200, 675), (0, 675)]), mix(SEA, INK, .2), 9)
    s.carve(shelf, mix(SEA, FOAM, .5), -.4, gap=20, width=3, run=(120, 360), rest=50)

    def cabbage(clip):
        s.fill(clip, mix(SAGE, PAPER, .5))
        for angle, colour in [(18, SAGE), (-24, PAPER), (64, mix(SAGE, INK, .45)), (-70, STRAW),
                              (38, mix(SAGE, PAPER, .7))]:
            s.carve(clip, colour, angle, gap=31, width=6.2, run=(50, 110), rest=26, bow=9)

    def cucumbers(clip):
        s.fill(clip, mix(SAGE, FOAM, .65))
        for i, x in enumerate((516, 574, 632, 688)):
            c = s.smooth([(x - 27, 520), (x - 29, 300 + i % 2 * 24), (x, 262 + i % 2 * 28),
                          (x + 27, 300 + i % 2 * 24), (x + 27, 520)])
            s.fill(c, mix(SAGE, INK, .12 + .18 * (i % 2)), 6)
            s.carve(c, mix(SAGE, PAPER, .6), 90, gap=14, width=3.6, run=(16, 40), rest=24,
                    weight=lambda u, v: .3 + .7 * u)
        s.line([(492, 250), (560, 330), (600, 258), (648, 340), (706, 254)], mix(SAGE, INK, .5), 5)

    def radishes(clip):
        s.fill(clip, mix(PLUM, PAPER, .62))
        for row in range(4):
            for k in range(4):
                x, y = 822 + k * 66 + (row % 2) * 30, 300 + row * 62
                r = s.fill(s.round(x, y, 36), mix(PLUM, RUST, .35), 6)
                s.carve(r, PAPER, 34, gap=11, width=2.8, run=(14, 32), rest=10,
                        weight=lambda u, v: max(0, 1 - u * 2.2))

    jar(s, 286, 296, 138, 538, cabbage)
    jar(s, 602, 248, 96, 536, cucumbers)
    jar(s, 914, 280, 156, 538, radishes)
    # The salt, and the spoon that measures nothing.
    heap = s.fill(s.smooth([(420, 606), (486, 584), (540, 548), (590, 526), (634, 552), (690, 586),
                            (764, 606), (600, 616)]), PAPER, 8)
    s.carve(heap, mix(FOAM, SLATE, .3), 30, gap=13, width=2.2, run=(8, 24), rest=22,
            weight=lambda u, v: max(0, v * 1.5 - .45))
    for _ in range(34):
        x, y = s.rng.uniform(380, 830), s.rng.uniform(600, 636)
        s.fill(s.round(x, y, s.rng.uniform(2, 4)), PAPER)
    s.chatter(mix(ground, PAPER, .75))
    s.border()
    return s


def slow_bread():
    ground = mix(PEACH, RUST, .22)
    s = Sheet("slow-bread", ground)
    s.carve(s.box(0, 0, 1200, 480), mix(ground, PAPER, .42), 90, gap=32, width=2.6, run=(50, 200),
            rest=60)
    # A window, and the night that does the work.
    pane = s.fill(s.box(96, 74, 300, 320), mix(SEA, INK, .62), 14)
    s.carve(pane, mix(SEA, INK, .2), 0, gap=19, width=2.6, run=(40, 150), rest=30)
    s.fill(s.round(306, 150, 40), STRAW)
    s.fill(s.round(288, 140, 36), mix(SEA, INK, .62))
    for x, y in [(140, 120), (182, 210), (330, 250), (150, 320), (226, 130), (356, 330)]:
        s.gouge(x - 9, y, x + 9, y, 2.4, PAPER)
        s.gouge(x, y - 9, x, y + 9, 2.4, PAPER)
    s.line([(246, 80), (246, 390)], INK, 12)
    s.line([(100, 234), (392, 234)], INK, 12)
    s.fill(s.box(70, 388, 352, 30), PAPER, 8)
    # The clock: half past seven.
    s.fill(s.round(930, 216, 150), INK)
    s.fill(s.round(930, 216, 134), PAPER)
    for h in range(12):
        a = math.radians(h * 30)
        k = 94 if h % 3 == 0 else 106
        s.gouge(930 + k * math.sin(a), 216 - k * math.cos(a), 930 + 124 * math.sin(a),
                216 - 124 * math.cos(a), 5 if h % 3 == 0 else 3, INK)
    for a, r, w in [(225, 66, 13), (180, 104, 8)]:
        s.line([(930, 216), (930 + r * math.sin(math.radians(a)),
                             216 - r * math.cos(math.radians(a)))], INK, w)
    s.line([(930, 216), (930 + 78 * math.sin(math.radians(52)),
                         216 - 78 * math.cos(math.radians(52)))], RUST, 6)
    s.fill(s.round(930, 216, 11), RUST, 4)
    table = s.fill(s.cut([(0, 506), (1200, 506), (1200, 675), (0, 675)]), mix(RUST, INK, .42), 9)
    s.carve(table, mix(RUST, OCHRE, .35), 0, gap=20, width=3, run=(160, 460), rest=50)
    # The loaf.
    loaf = s.fill(s.smooth([(330, 560), (322, 480), (368, 392), (462, 332), (590, 310), (720, 330),
                            (818, 392), (866, 480), (856, 560), (762, 602), (590, 612),
                            (424, 602)]), mix(OCHRE, RUST, .42), 11)
    s.carve(loaf, mix(RUST, INK, .35), -8, gap=15, width=4.6, run=(30, 110), rest=16, bow=-8,
            weight=lambda u, v: max(0, u * 2.4 - 1.35))
    s.carve(loaf, STRAW, -24, gap=16, width=4, run=(24, 90), rest=26,
            weight=lambda u, v: max(0, 1.1 - u * 2.2))
    for points in ([(404, 452), (494, 424), (600, 430), (708, 452), (786, 492)],
                   [(690, 350), (634, 392), (596, 436), (556, 502), (530, 566)]):
        lip = s.smooth(points, closed=False)
        n = len(lip)
        for k, width, colour in [(0, 46, INK), (0, 34, STRAW), (5, 12, PAPER)]:
            for i in range(n - 1):
                t = (i + .5) / n
                s.line([(lip[i][0], lip[i][1] + k), (lip[i + 1][0], lip[i + 1][1] + k)], colour,
                       max(2.0, width * math.sin(math.pi * min(1, .1 + t * .86))))
    # Flour on the board.
    for _ in range(90):
        a = s.rng.uniform(0, 2 * math.pi)
        r = s.rng.uniform(.94, 1.3)
        x, y = 594 + 330 * r * math.cos(a), 596 + 42 * r * math.sin(a)
        if y > 596:
            s.gouge(x, y, x + s.rng.uniform(5, 18), y + s.jitter(2), 1.8, PAPER)
    s.chatter(mix(ground, PAPER, .6))
    s.border()
    return s


SCENES = {
    "a-pan-of-marmalade": a_pan_of_marmalade,
    "two-per-cent": two_per_cent,
    "slow-bread": slow_bread,
}
