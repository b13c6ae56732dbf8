# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the Workshop pages: ochre ground, rust for what is worked on."""

import math

from .press import (FOAM, INK, OCHRE, PAPER, PLUM, RUST, SEA, SLATE, STRAW, Sheet, mix)

GROUND = mix(OCHRE, PAPER, 0.15)


def turned(points, x, y, degrees):
    a = math.radians(degrees)
    return [(x + px * math.cos(a) - py * math.sin(a), y + px * math.sin(a) + py * math.cos(a))
            for px, py in points]


def three_strands():
    s = Sheet("three-strands", GROUND)
    whole = s.box(0, 0, 1200, 675)
    s.carve(whole, mix(GROUND, PAPER, .55), 158, gap=30, width=2.4, run=(50, 170), rest=60)
    place = (620, 348, -19)
    radius, pitch = 96, 124

    # The three strands let go of each other to the right, each into its yarns.
    for k, (bend, lift) in enumerate([(-215, -60), (-6, 4), (200, 62)]):
        spine = s.smooth([(60, lift * .4), (220, lift + bend * .13), (340, lift + bend * .5),
                          (430, lift + bend * .92)], closed=False)
        for yarn in range(-3, 4):
            fan = []
            for i, (x, y) in enumerate(spine):
                t = i / (len(spine) - 1)
                fan.append((x + 46 * t * t * (1 - abs(yarn) * .13) + 60 * t,
                            y + yarn * (9 + 22 * t * t)))
            rogue = yarn == 1
            s.line(turned(fan, *place), INK, 21)
            s.line(turned(fan, *place), RUST if rogue else STRAW, 14)
            s.line(turned([(x, y - 2.5) for x, y in fan], *place),
                   mix(RUST, PAPER, .45) if rogue else PAPER, 3)

    # The laid part: each visible turn of a strand is one slanted lozenge.
    x = -860
    while x < 40:
        side = [(x, radius), (x + 30, radius * .55), (x + 92, -radius * .55),
                (x + 122, -radius)]
        out = s.smooth(side, closed=False, per=8)
        back = [(px + pitch, py) for px, py in reversed(out)]
        crown = s.smooth([out[-1], (x + 122 + pitch * .5, -radius - 21), back[0]],
                         closed=False, per=6)
        foot = s.smooth([back[-1], (x + pitch * .5, radius + 21), out[0]], closed=False, per=6)
        lozenge = turned(out + crown[1:-1] + back + foot[1:-1], *place)
        s.fill(lozenge, STRAW, key=9)
        s.carve(lozenge, PAPER, place[2] + 11, gap=15, width=4, run=(70, 150), rest=8,
                weight=lambda u, v: max(0, 1.1 - 1.9 * abs(u - .36)))
        s.carve(lozenge, mix(RUST, OCHRE, .45), place[2] + 11, gap=13, width=3.4, run=(50, 110),
                rest=10, weight=lambda u, v: max(0, (u - .6) * 2.6))
        rogue = s.smooth([(x + 52, radius * .62), (x + 104, radius * .34), (x + 160, radius * .1)],
                         closed=False)
        s.line(turned(rogue, *place), RUST, 8)
        x += pitch
    # A whipping where the laid part ends.
    for i in range(5):
        band = turned(s.smooth([(92 + i * 16, -108), (110 + i * 16, 0), (92 + i * 16, 108)],
                               closed=False), *place)
        s.line(band, INK, 17)
        s.line(band, SEA if i != 2 else FOAM, 9)
    s.chatter(mix(GROUND, PAPER, .7))
    s.border()
    return s


def what_an_edge_is():
    s = Sheet("what-an-edge-is", mix(SLATE, INK, .25))
    ground = mix(SLATE, INK, .25)
    s.carve(s.box(0, 0, 1200, 400), mix(ground, PAPER, .16), 4, gap=26, width=2.6, run=(60, 200),
            rest=50)
    # What the lamp overhead gives the edge, it gives back.
    s.rays(470, 500, 210, 640, 62, 3, mix(ground, OCHRE, .55), spread=(184, 356))
    bench = s.fill(s.cut([(0, 455), (1200, 408), (1200, 675), (0, 675)]), mix(RUST, INK, .28), 8)
    s.carve(bench, mix(RUST, OCHRE, .35), -2, gap=22, width=3, run=(120, 420), rest=40)
    # The stone: top and front.
    top = [(150, 452), (820, 408), (1060, 462), (380, 520)]
    s.fill(s.cut([(150, 452), (380, 520), (380, 600), (150, 526)]), mix(SEA, INK, .55), 7)
    front = s.fill(s.cut([(380, 520), (1060, 462), (1060, 536), (380, 600)]), mix(SEA, INK, .3), 7)
    s.carve(front, FOAM, -5, gap=13, width=2.6, run=(24, 90), rest=30,
            weight=lambda u, v: max(.12, .9 - u))
    stone = s.fill(s.cut(top), mix(SEA, FOAM, .35), 7)
    s.carve(stone, PAPER, -4, gap=15, width=2.6, run=(50, 150), rest=44)
    # Water that the edge has pushed out.
    s.fill(s.smooth([(452, 486), (520, 470), (596, 468), (584, 486), (528, 500), (470, 502)]),
           mix(FOAM, PAPER, .4), 4)
    for x, y, r in [(432, 500, 9), (402, 492, 6), (610, 486, 7), (418, 540, 8)]:
        s.fill(s.round(x, y, r, r * .7), PAPER, 3)
    # The chisel: blade, ferrule, handle.
    place = (520, 468, -31)
    blade = turned(s.cut([(0, -44), (60, -50), (338, -34), (338, 34), (60, 50), (0, 46)], .8),
                   *place)
    s.fill(blade, mix(SLATE, PAPER, .62), 8)
    s.carve(blade, PAPER, -31, gap=11, width=3.6, run=(80, 240), rest=10,
            weight=lambda u, v: max(0, 1 - u * 2.1))
    s.carve(blade, SLATE, -31, gap=12, width=3.2, run=(60, 180), rest=16,
            weight=lambda u, v: max(0, u * 1.7 - .8))
    bevel = turned(s.cut([(0, -44), (60, -50), (60, 50), (0, 46)], .6), *place)
    s.fill(bevel, PAPER, 6)
    s.carve(bevel, SLATE, 59, gap=9, width=1.6, run=(30, 90), rest=16)
    s.line(turned([(0, -45), (0, 47)], *place), (1, 1, 1), 7)
    ferrule = turned(s.box(338, -38, 50, 76), *place)
    s.fill(ferrule, OCHRE, 8)
    s.carve(ferrule, STRAW, 59, gap=12, width=4, run=(40, 60), rest=4,
            weight=lambda u, v: max(0, 1 - 1.4 * v))
    handle = turned(s.smooth([(388, -40), (470, -58), (600, -60), (690, -44), (712, 0),
                              (690, 44), (600, 60), (470, 58), (388, 40)]), *place)
    s.fill(handle, RUST, 9)
    s.carve(handle, mix(RUST, OCHRE, .8), -31, gap=14, width=4.4, run=(90, 220), rest=12,
            weight=lambda u, v: max(0, 1.15 - 2 * u))
    s.carve(handle, mix(RUST, INK, .5), -31, gap=13, width=4, run=(80, 200), rest=12,
            weight=lambda u, v: max(0, u * 2.2 - 1.25))
    # The bright thread of the edge, and its one glint.
    x, y = turned([(0, -30)], *place)[0]
    for dx, dy, w in [(0, 62, 6), (54, 0, 6), (20, 20, 3), (20, -20, 3)]:
        s.gouge(x - dx, y - dy, x + dx, y + dy, w, (1, 1, 1))
    s.chatter(mix(ground, PAPER, .3))
    s.border()
    return s


def screw(s, x, y, tilt, recess, colour):
    """A wood screw that stands with its head toward us."""
    place = (x, y, tilt)
    length, radius = 400, 46
    shank = turned(s.cut([(-radius, 26), (radius, 26), (radius, 120), (radius - 8, 150),
                          (12, length), (0, length + 26), (-12, length), (-radius + 8, 150),
                          (-radius, 120)], .8), *place)
    s.fill(shank, mix(colour, INK, .15), 8)
    for i in range(9):
        t = i / 9
        cy = 148 + i * 28
        r = radius * (1.34 - .92 * t)
        ridge = turned(s.smooth([(-r, cy - 9), (0, cy + 9), (r, cy - 21), (r + 2, cy - 10),
                                 (2, cy + 24), (-r - 2, cy + 6)], per=6), *place)
        s.fill(ridge, mix(colour, PAPER, .5), 6)
    shade = turned(s.box(-radius, 26, radius * 2, 96), *place)
    s.carve(shade, mix(colour, PAPER, .6), 90 + tilt, gap=12, width=4, run=(60, 96), rest=4,
            weight=lambda u, v: max(0, 1.5 * u - .55))
    rim = turned([(p[0], p[1] + 24) for p in s.round(0, 0, 124, 52)], *place)
    s.fill(rim, mix(colour, INK, .35), 8)
    head = turned(s.round(0, 0, 124, 56), *place)
    s.fill(head, mix(colour, PAPER, .35), 8)
    s.carve(head, PAPER, tilt - 12, gap=10, width=3, run=(30, 110), rest=10,
            weight=lambda u, v: max(0, 1 - abs(u - .3) * 2.6))
    s.fill(turned(recess, *place), INK)
    return head


def which_way_is_tight():
    s = Sheet("which-way-is-tight", GROUND)
    ground = GROUND
    s.carve(s.box(0, 0, 1200, 675), mix(ground, PAPER, .5), 90, gap=34, width=2.4, run=(40, 150),
            rest=70)
    # A board that the screws have just begun to enter.
    board = s.fill(s.cut([(0, 548), (1200, 520), (1200, 675), (0, 675)]), mix(RUST, INK, .1), 9)
    s.carve(board, mix(RUST, OCHRE, .6), -1.4, gap=17, width=3.2, run=(120, 380), rest=30)
    for x, y in [(250, 610), (860, 640)]:
        for r in (12, 26, 42):
            s.line(s.round(x, y, r * 1.8, r * .6), mix(RUST, INK, .45), 4, closed=True)
    for x in (292, 600, 908):
        s.fill(s.round(x + (600 - x) * .066, 592, 62, 14), INK)
    slot = s.cut([(-100, -12), (100, -2), (100, 12), (-100, 2)], .5)
    cross = [(-18, -38), (18, -38), (20, -10), (78, -10), (78, 10), (20, 10), (18, 38), (-18, 38),
             (-20, 10), (-78, 10), (-78, -10), (-20, -10)]
    square = s.cut([(-62, 0), (4, -30), (62, 0), (-4, 30)], .5)
    screw(s, 292, 168, 3, slot, SEA)
    screw(s, 600, 168, 0, cross, PLUM)
    screw(s, 908, 168, -3, square, SEA)
    # Which way: one arrow round the middle head.
    arc = [(600 + 150 * math.cos(math.radians(a)), 150 + 78 * math.sin(math.radians(a)))
           for a in range(208, 330, 4)]
    s.line(arc, INK, 13)
    x, y = arc[-1]
    s.fill([(x + 26, y + 30), (x - 24, y + 14), (x + 18, y - 22)], INK)
    s.chatter(mix(ground, PAPER, .7))
    s.border()
    return s


SCENES = {
    "three-strands": three_strands,
    "what-an-edge-is": what_an_edge_is,
    "which-way-is-tight": which_way_is_tight,
}
