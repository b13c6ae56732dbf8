# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the Town pages: plum shadows, lamplight."""

import math

from .press import (FOAM, INK, OCHRE, PAPER, PEACH, PLUM, RUST, SAGE, SEA, SLATE, STRAW, Sheet,
                    mix)


def hand(s, x, y, minutes, length, width, colour, tail=0.0):
    a = math.radians(minutes * 6)
    dx, dy = math.sin(a), -math.cos(a)
    s.line([(x - dx * tail, y - dy * tail), (x + dx * length, y + dy * length)], colour, width)


def when_noon_was_local():
    sky = mix(FOAM, STRAW, .35)
    s = Sheet("when-noon-was-local", sky)
    s.carve(s.box(0, 0, 1200, 520), mix(sky, PAPER, .6), 0, gap=28, width=3, run=(80, 260), rest=90)
    # The sun stands nearly where it should.
    s.rays(196, 142, 78, 160, 34, 3.4, mix(OCHRE, STRAW, .4))
    s.fill(s.round(196, 142, 62), OCHRE)
    # The train, over the roofs.
    for x, y, r in [(300, 356, 20), (250, 330, 30), (182, 312, 38), (100, 304, 46), (14, 306, 52)]:
        s.fill(s.round(x, y, r * 1.25, r), PAPER)
        s.carve(s.round(x, y, r * 1.25, r), mix(SLATE, PAPER, .35), 10, gap=13, width=3,
                run=(14, 40), rest=12, bow=5, weight=lambda u, v: max(0, u * 2 - .9))
    s.fill(s.box(-10, 482, 1220, 24), mix(RUST, INK, .4), 6)
    for x in range(20, 1200, 150):
        s.fill(s.cut([(x, 506), (x + 34, 506), (x + 34, 600), (x, 600)]), mix(RUST, INK, .4), 5)
    engine = s.fill(s.box(252, 410, 150, 56), mix(SAGE, INK, .35), 7)
    s.carve(engine, SAGE, 0, gap=14, width=3.4, run=(40, 110), rest=16)
    s.fill(s.box(392, 378, 72, 88), mix(SAGE, INK, .35), 7)
    s.fill(s.box(410, 392, 36, 28), STRAW, 5)
    s.fill(s.cut([(276, 410), (282, 372), (274, 364), (312, 364), (304, 372), (310, 410)]), INK)
    s.fill(s.round(346, 408, 17, 14), OCHRE, 5)
    for k in range(2):
        car = s.fill(s.box(478 + k * 186, 396, 174, 70), RUST if k == 0 else mix(RUST, OCHRE, .35), 7)
        s.carve(car, mix(RUST, OCHRE, .75), 0, gap=20, width=2.6, run=(40, 120), rest=30)
        for w in range(4):
            s.fill(s.box(492 + k * 186 + w * 40, 410, 26, 26), STRAW, 4)
    for x in (280, 330, 378, 432, 510, 628, 694, 816):
        s.fill(s.round(x, 470, 17), INK)
        s.fill(s.round(x, 470, 7), OCHRE)
    # Roofs in front.
    x = -40
    while x < 1230:
        w = s.rng.uniform(130, 190)
        h = s.rng.uniform(56, 84)
        roof = s.fill(s.cut([(x, 590), (x + w / 2, 590 - h), (x + w, 590), (x + w, 700), (x, 700)]),
                      mix(PLUM, INK, .2), 7)
        s.carve(roof, mix(PLUM, PEACH, .45), 90, gap=19, width=3, run=(20, 60), rest=26,
                weight=lambda u, v: max(0, 1 - v * 1.3))
        if s.rng.random() < .7:
            s.fill(s.box(x + w * .4, 612, 32, 40), STRAW, 5)
        x += w
    # The tower with its three hands: the town's noon, and London's ten minutes on.
    tower = s.fill(s.cut([(758, 172), (1062, 172), (1070, 700), (750, 700)]), mix(PEACH, STRAW, .4), 11)
    s.carve(tower, mix(RUST, PEACH, .45), 90, gap=20, width=3.4, run=(30, 110), rest=40,
            weight=lambda u, v: max(0, .95 - u * 1.6))
    s.fill(s.cut([(726, 178), (910, 34), (1094, 178)]), mix(SEA, INK, .25), 11)
    s.carve([(740, 172), (910, 44), (1080, 172)], FOAM, 80, gap=22, width=3, run=(20, 70), rest=24)
    s.line([(910, 40), (910, -10)], INK, 9)
    for y in (184, 566):
        s.fill(s.box(736, y, 348, 26), PAPER, 8)
    s.fill(s.round(910, 386, 148), INK)
    s.fill(s.round(910, 386, 134), PAPER)
    for m in range(60):
        a = math.radians(m * 6)
        k = 98 if m % 15 == 0 else 106 if m % 5 == 0 else 118
        s.gouge(910 + k * math.sin(a), 386 - k * math.cos(a), 910 + 127 * math.sin(a),
                386 - 127 * math.cos(a), 6 if m % 15 == 0 else 4 if m % 5 == 0 else 1.8, INK)
    hand(s, 910, 386, 60.4, 62, 13, INK, 18)
    hand(s, 910, 386, 65, 106, 8, INK, 22)
    hand(s, 910, 386, 54.8, 106, 8, RUST, 22)
    s.fill(s.round(910, 386, 12), INK)
    door = s.fill(s.cut([(862, 700), (862, 640), (886, 612), (934, 612), (958, 640), (958, 700)]),
                  mix(SEA, INK, .25), 8)
    s.carve(door, FOAM, 90, gap=16, width=2.6, run=(20, 60), rest=14)
    s.chatter(mix(sky, PAPER, .7))
    s.border()
    return s


def thursday_at_the_mending_table():
    wall = mix(PLUM, INK, .42)
    s = Sheet("thursday-at-the-mending-table", wall)
    s.carve(s.box(0, 0, 1200, 470), mix(PLUM, INK, .1), 90, gap=26, width=3, run=(50, 170), rest=50)
    # Lamplight.
    cone = [(560, 150), (660, 150), (1130, 470), (90, 470)]
    s.fill(cone, mix(wall, OCHRE, .48))
    s.rays(610, 120, 60, 560, 60, 4, mix(OCHRE, STRAW, .3), spread=(40, 140))
    s.line([(610, -10), (610, 66)], INK, 10)
    shade = s.fill(s.cut([(560, 62), (660, 62), (742, 156), (478, 156)]), SEA, 10)
    s.carve(shade, FOAM, 64, gap=17, width=3.4, run=(20, 70), rest=14,
            weight=lambda u, v: max(0, 1 - u * 1.1))
    s.fill(s.round(610, 160, 36, 20), STRAW, 6)
    table = s.fill(s.cut([(0, 462), (1200, 462), (1200, 690), (0, 690)]), mix(RUST, OCHRE, .3), 10)
    s.carve(table, STRAW, 0, gap=19, width=3, run=(140, 420), rest=70,
            weight=lambda u, v: max(.2, 1 - abs(v - .5) * 2))
    s.carve(table, mix(RUST, INK, .3), 0, gap=27, width=3, run=(120, 360), rest=120)
    # The kettle.
    s.line(s.smooth([(204, 330), (206, 262), (278, 240), (350, 262), (352, 330)], closed=False), INK, 25)
    s.line(s.smooth([(204, 330), (206, 262), (278, 240), (350, 262), (352, 330)], closed=False), PLUM, 12)
    spout = s.fill(s.cut([(370, 440), (376, 388), (446, 322), (470, 338), (420, 452)]),
                   mix(SLATE, PAPER, .4), 9)
    kettle = s.fill(s.smooth([(172, 510), (158, 430), (196, 344), (278, 318), (360, 344), (398, 430),
                              (384, 510), (278, 526)]), mix(SLATE, PAPER, .5), 10)
    s.carve(kettle, PAPER, 74, gap=16, width=5, run=(50, 130), rest=14,
            weight=lambda u, v: max(0, 1.05 - abs(u - .7) * 4))
    s.carve(kettle, mix(SLATE, INK, .2), 100, gap=15, width=4.4, run=(40, 120), rest=14,
            weight=lambda u, v: max(0, (.32 - u) * 3.4))
    s.fill(s.round(278, 320, 66, 15), mix(SLATE, PAPER, .25), 7)
    s.fill(s.round(278, 302, 14), RUST, 6)
    # The toaster, its shell lifted off.
    shell = s.fill(s.smooth([(500, 452), (504, 330), (530, 292), (700, 286), (732, 322), (738, 446)],
                            per=6), RUST, 10)
    s.carve(shell, mix(RUST, PEACH, .6), 84, gap=17, width=4.4, run=(40, 110), rest=16,
            weight=lambda u, v: max(0, 1 - abs(u - .74) * 3.2))
    for x in (548, 630):
        s.fill(s.box(x, 302, 62, 13), INK)
    base = s.fill(s.box(520, 548, 236, 34), mix(SLATE, INK, .2), 8)
    s.carve(base, FOAM, 0, gap=13, width=2.2, run=(20, 60), rest=30)
    for x in (538, 596, 668, 726):
        s.fill(s.box(x, 470, 11, 80), SLATE, 5)
    coil = []
    for i in range(12):
        coil += [(550, 482 + i * 5.6), (724, 485 + i * 5.6)]
    s.line(coil, OCHRE, 3.4)
    s.line([(756, 566), (800, 574), (836, 552), (860, 590), (902, 602)], INK, 9)
    s.fill(s.box(900, 590, 30, 26), INK)
    for dy in (596, 609):
        s.line([(930, dy), (946, dy)], OCHRE, 5)
    # A box of screws, a driver, a mug.
    s.fill(s.cut([(846, 420), (1094, 420), (1120, 516), (824, 516)]), mix(OCHRE, INK, .15), 9)
    for i in range(3):
        for j in range(2):
            x0 = 858 + i * 78 - j * 6
            y0 = 430 + j * 42
            s.fill(s.box(x0, y0, 68 + j * 6, 34), INK)
            for _ in range(7):
                x, y = s.rng.uniform(x0 + 9, x0 + 60), s.rng.uniform(y0 + 8, y0 + 27)
                s.gouge(x, y, x + s.jitter(14) + 9, y + s.jitter(9), 3,
                        [STRAW, FOAM, PEACH][i])
    s.line([(300, 606), (450, 588)], INK, 17)
    s.line([(306, 605), (446, 588)], FOAM, 8)
    grip = s.fill(s.smooth([(170, 606), (210, 596), (290, 590), (308, 604), (294, 622), (214, 632),
                            (174, 626)]), SEA, 8)
    s.carve(grip, FOAM, -6, gap=12, width=3, run=(30, 80), rest=14)
    for x, y in [(478, 634), (516, 622), (640, 636), (700, 624), (600, 618)]:
        s.gouge(x, y, x + 30, y - 5, 4.4, INK)
        s.fill(s.round(x + 2, y, 7), INK)
    s.fill(s.smooth([(1010, 562), (1018, 648), (1050, 658), (1088, 648), (1096, 562)], per=5), PAPER, 8)
    s.fill(s.round(1053, 562, 43, 13), mix(RUST, INK, .5), 6)
    s.line(arc(1098, 602, 26, -80, 80), INK, 13)
    s.line(arc(1098, 602, 26, -80, 80), PAPER, 5)
    for k, x in enumerate((1040, 1066)):
        s.line(s.smooth([(x, 536), (x + 12, 510), (x - 10, 480), (x + 8, 448)], closed=False),
               mix(OCHRE, PAPER, .6), 5)
    s.chatter(mix(PLUM, PEACH, .4))
    s.border()
    return s


def arc(x, y, r, a0, a1):
    return [(x + r * math.cos(math.radians(a)), y + r * math.sin(math.radians(a)))
            for a in range(a0, a1 + 1, 8)]


SCENES = {
    "when-noon-was-local": when_noon_was_local,
    "thursday-at-the-mending-table": thursday_at_the_mending_table,
}
