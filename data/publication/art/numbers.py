# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the Numbers pages: sage ground, things that can be counted."""

import math

from .press import (FOAM, INK, OCHRE, PAPER, PEACH, PLUM, RUST, SAGE, SEA, SLATE, STRAW, Sheet,
                    mix)

GROUND = mix(SAGE, PAPER, .32)


def the_smallest_coin():
    s = Sheet("the-smallest-coin", GROUND)
    s.carve(s.box(0, 0, 1200, 675), mix(GROUND, PAPER, .4), 28, gap=34, width=2.8, run=(40, 150),
            rest=80)
    copper, dark = mix(RUST, OCHRE, .38), mix(RUST, INK, .55)
    # The farthing.
    s.fill(s.round(436, 356, 272), mix(GROUND, INK, .45))
    s.fill(s.round(424, 338, 272), copper, 11)
    s.carve(s.round(424, 338, 262), mix(OCHRE, STRAW, .5), -38, gap=17, width=3.4, run=(30, 110),
            rest=40, weight=lambda u, v: max(0, .95 - u * 1.7))
    s.fill(s.round(424, 338, 222), mix(copper, STRAW, .18), 5)
    for i in range(64):
        a = 2 * math.pi * i / 64
        s.gouge(424 + 232 * math.cos(a), 338 + 232 * math.sin(a), 424 + 256 * math.cos(a),
                338 + 256 * math.sin(a), 4.2, dark)
    # The wren, tail up.
    tail = s.fill(s.smooth([(516, 322), (560, 250), (594, 186), (628, 196), (600, 262),
                            (556, 348)], per=6), dark, 6)
    s.carve(tail, STRAW, -62, gap=13, width=2.6, run=(40, 90), rest=8)
    body = s.fill(s.smooth([(262, 262), (296, 226), (344, 220), (392, 244), (450, 268), (520, 296),
                            (562, 340), (540, 404), (476, 446), (396, 448), (330, 412),
                            (298, 352), (276, 300)]), dark, 6)
    s.carve(body, copper, 38, gap=17, width=4.2, run=(16, 36), rest=20, bow=5,
            weight=lambda u, v: .4 + .6 * u)
    wing = s.fill(s.smooth([(384, 300), (452, 298), (524, 322), (588, 374), (520, 386), (448, 382),
                            (396, 352)]), mix(dark, copper, .4), 5)
    s.carve(wing, STRAW, 24, gap=16, width=3.6, run=(40, 110), rest=12)
    s.fill([(268, 256), (206, 240), (270, 282)], dark, 4)
    s.fill(s.round(312, 262, 12), STRAW)
    s.fill(s.round(314, 262, 6), INK)
    s.gouge(282, 238, 372, 240, 4.4, STRAW, bow=-6)
    for x in (394, 446):
        s.line([(x, 440), (x - 4, 488), (x - 24, 502)], dark, 8)
        s.line([(x - 4, 488), (x + 22, 500)], dark, 8)
    s.line([(268, 508), (566, 506)], dark, 7)
    # The silver penny, cut along its cross.
    for quarter in range(4):
        a0 = quarter * 90 + 8
        mid = math.radians(a0 + 45)
        off = 40 if quarter == 3 else 13
        cx, cy = 930 + off * math.cos(mid), 330 + off * math.sin(mid)
        arc = [(cx + 158 * math.cos(math.radians(a)), cy + 158 * math.sin(math.radians(a)))
               for a in range(a0, a0 + 91, 5)]
        piece = [(cx, cy)] + arc
        s.fill([(x + 9, y + 13) for x, y in piece], mix(GROUND, INK, .45))
        s.fill(piece, mix(SLATE, PAPER, .66), 8)
        s.carve(piece, PAPER, -30, gap=13, width=3, run=(20, 70), rest=20,
                weight=lambda u, v: max(0, 1 - u * 1.2))
        for r in (128, 143):
            dots = range(a0 + 6, a0 + 88, 8)
            for a in dots:
                x, y = (cx + r * math.cos(math.radians(a)), cy + r * math.sin(math.radians(a)))
                if r == 143:
                    s.fill(s.round(x, y, 3.4), INK)
        s.line(arc_of(cx, cy, 118, a0 + 5, a0 + 85), INK, 5)
        for k in (-1, 0, 1):
            a = mid + k * .36
            s.fill(s.round(cx + 78 * math.cos(a), cy + 78 * math.sin(a), 12), SLATE, 4)
    s.chatter(mix(GROUND, PAPER, .6))
    s.border()
    return s


def arc_of(x, y, r, a0, a1):
    return [(x + r * math.cos(math.radians(a)), y + r * math.sin(math.radians(a)))
            for a in range(int(a0), int(a1) + 1, 5)]


def a_sheet_folded_in_half():
    ground = mix(SAGE, INK, .42)
    s = Sheet("a-sheet-folded-in-half", ground)
    s.carve(s.box(0, 0, 1200, 675), mix(ground, SAGE, .6), -28, gap=34, width=2.8, run=(40, 160),
            rest=80)
    # A0 on its side, halved for as long as there is room: sides 1 : √2 throughout.
    h = 560.0
    w = h * math.sqrt(2)
    x, y = (1200 - w) / 2, (675 - h) / 2
    s.fill(s.box(x + 16, y + 20, w, h), mix(ground, INK, .5))
    colours = [PAPER, PEACH, FOAM, STRAW, RUST, SEA, OCHRE, PLUM, PAPER, RUST, SEA]
    for i in range(10):
        if i % 2 == 0:
            part, x2, y2, w2, h2 = (x, y, w / 2, h), x + w / 2, y, w / 2, h
        else:
            part, x2, y2, w2, h2 = (x, y, w, h / 2), x, y + h / 2, w, h / 2
        leaf = s.fill(s.box(*part, wobble=.7), colours[i], max(3, 9 - i * .7))
        light = mix(colours[i], PAPER, .55) if colours[i] != PAPER else mix(PAPER, SLATE, .28)
        s.carve(leaf, light, 52 + i * 31, gap=max(9, 24 - i * 2), width=max(1.4, 3.4 - i * .25),
                run=(max(12, 60 - i * 6), max(24, 150 - i * 14)), rest=max(8, 34 - i * 3),
                weight=lambda u, v: .2 + .8 * u)
        if i < 7:
            size = (84, 66, 50, 38, 29, 21, 15)[i]
            dark = colours[i] in (RUST, SEA, PLUM)
            s.words(str(i + 1), part[0] + part[2] / 2, part[1] + part[3] / 2 + size * .36, size,
                    PAPER if dark else INK, family="DejaVu Serif")
        x, y, w, h = x2, y2, w2, h2
    s.fill(s.box(x, y, w, h, wobble=.3), PAPER, 3)
    s.chatter(mix(ground, PAPER, .4))
    s.border()
    return s


def person(s, x, feet, height, coat, hat, extra):
    """Somebody who waits, seen from behind."""
    top = feet - height
    r = height * .078
    for dx in (-.09, .09):
        s.line([(x + dx * height, feet - height * .3), (x + dx * height, feet)], INK, height * .07)
    body = s.fill(s.smooth([(x - height * .12, feet - height * .72), (x - height * .19, feet - height * .5),
                            (x - height * .2, feet - height * .2), (x + height * .2, feet - height * .2),
                            (x + height * .19, feet - height * .5), (x + height * .12, feet - height * .72),
                            (x, feet - height * .77)], per=6), coat, 6)
    s.carve(body, mix(coat, PAPER, .45), 90, gap=14, width=3, run=(24, 70), rest=18,
            weight=lambda u, v: max(0, u * 1.5 - .4))
    s.fill(s.round(x, feet - height * .78, r * .6, r * .8), mix(PEACH, RUST, .15), 4)
    s.fill(s.round(x, feet - height * .85, r * 1.05, r * 1.1), mix(PLUM, INK, .45), 5)
    y = feet - height * .88
    if hat == "bowler":
        s.fill(s.smooth([(x - r * 1.1, y), (x - r, y - r * 1.3), (x, y - r * 1.7),
                         (x + r, y - r * 1.3), (x + r * 1.1, y)]), INK)
        s.fill(s.box(x - r * 1.8, y - 4, r * 3.6, 9), INK)
    elif hat == "bobble":
        s.fill(s.smooth([(x - r * 1.15, y + 4), (x - r, y - r * 1.1), (x, y - r * 1.6),
                         (x + r, y - r * 1.1), (x + r * 1.15, y + 4)]), RUST, 5)
        s.fill(s.round(x, y - r * 1.75, r * .5), PAPER, 4)
        s.fill(s.box(x - r * 1.2, y - 4, r * 2.4, 12), PAPER, 4)
    elif hat == "brim":
        s.fill(s.round(x, y, r * 2.3, r * .6), OCHRE, 5)
        s.fill(s.round(x, y - r * .5, r * 1.05, r * .9), OCHRE, 5)
        s.line([(x - r, y - 4), (x + r, y - 4)], PLUM, 8)
    else:
        s.fill(s.smooth([(x - r * 1.2, y + 14), (x - r * 1.1, y - r * .8), (x, y - r * 1.2),
                         (x + r * 1.1, y - r * .8), (x + r * 1.2, y + 14)]), INK)
    if extra == "umbrella":
        s.line([(x + height * .25, feet - height * .46), (x + height * .27, feet - 4)], INK, 9)
        s.line([(x + height * .25, feet - height * .46), (x + height * .22, feet - height * .5),
                (x + height * .19, feet - height * .46)], INK, 7)
    elif extra == "basket":
        s.fill(s.cut([(x + height * .16, feet - height * .36), (x + height * .4, feet - height * .36),
                      (x + height * .36, feet - height * .2), (x + height * .2, feet - height * .2)]),
               STRAW, 6)
        s.line(arc_of(x + height * .28, feet - height * .36, height * .1, 180, 360), INK, 6)
        s.fill(s.round(x + height * .26, feet - height * .38, 11), RUST, 4)
    elif extra == "dog":
        dx = x + height * .36
        s.fill(s.smooth([(dx - 30, feet - 44), (dx + 24, feet - 44), (dx + 34, feet - 72),
                         (dx + 56, feet - 70), (dx + 60, feet - 56), (dx + 40, feet - 46),
                         (dx + 32, feet - 22), (dx - 30, feet - 22)], per=5), INK)
        for k in (-26, -14, 18, 28):
            s.line([(dx + k, feet - 26), (dx + k, feet - 2)], INK, 7)
        s.line([(dx - 28, feet - 42), (dx - 44, feet - 66)], INK, 7)
    return top


def the_other_queue():
    ground = mix(SAGE, PAPER, .4)
    s = Sheet("the-other-queue", ground)
    s.carve(s.box(0, 0, 1200, 420), mix(ground, PAPER, .5), 90, gap=34, width=2.6, run=(50, 160),
            rest=70)
    floor = s.fill(s.cut([(0, 470), (1200, 470), (1200, 675), (0, 675)]), mix(PLUM, INK, .15), 8)
    s.carve(floor, mix(PLUM, PEACH, .45), 0, gap=21, width=3, run=(100, 300), rest=60)
    # Two counters; behind one, nobody is in a hurry.
    for x in (330, 880):
        s.fill(s.box(x - 196, 92, 392, 300), mix(SEA, INK, .25), 10)
        s.fill(s.cut([(x - 214, 98), (x - 190, 58), (x + 190, 58), (x + 214, 98)]), RUST, 9)
        for i in range(6):
            x0, x1 = x - 190 + i * 63.3, x - 214 + i * 71.3
            if i % 2:
                s.fill([(x0, 61), (x0 + 63.3, 61), (x1 + 71.3, 96), (x1, 96)], PAPER)
        glass = s.fill(s.box(x - 128, 130, 256, 176), STRAW, 9)
        s.carve(glass, PAPER, -52, gap=26, width=4, run=(30, 100), rest=60)
        s.fill(s.box(x - 206, 376, 412, 34), OCHRE, 9)
        s.fill(s.round(x, 222, 30, 34), mix(PEACH, RUST, .15), 6)
        s.fill(s.smooth([(x - 62, 304), (x - 46, 268), (x, 254), (x + 46, 268), (x + 62, 304)]),
               SLATE, 6)
        hair = s.smooth([(x - 34, 222), (x - 30, 184), (x, 174), (x + 30, 184), (x + 34, 222),
                         (x + 18, 202), (x - 14, 200)])
        s.fill(hair, PLUM if x < 500 else INK, 5)
        for dx in (-11, 11):
            s.fill(s.round(x + dx, 222, 3.4), INK)
        mouth = [(x - 11, 240), (x, 246 if x > 500 else 238), (x + 11, 240)]
        s.line(s.smooth(mouth, closed=False), INK, 4)
    for x, feet, height, coat, hat, extra in [
            (300, 560, 262, RUST, "brim", ""), (344, 584, 280, SLATE, "bowler", "umbrella"),
            (226, 606, 268, OCHRE, "bobble", ""), (380, 628, 296, PLUM, "", "basket"),
            (212, 648, 310, SEA, "bowler", ""), (520, 654, 268, mix(RUST, PEACH, .4), "bobble", "dog"),
            (884, 584, 272, mix(SAGE, INK, .3), "brim", "basket")]:
        person(s, x, feet, height, coat, hat, extra)
    s.chatter(mix(ground, PAPER, .7))
    s.border()
    return s


SCENES = {
    "the-smallest-coin": the_smallest_coin,
    "a-sheet-folded-in-half": a_sheet_folded_in_half,
    "the-other-queue": the_other_queue,
}
