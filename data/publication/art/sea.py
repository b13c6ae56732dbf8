# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the Sea and sky pages: sea greens, and whatever the sky is doing."""

import math

from .press import (FOAM, INK, OCHRE, PAPER, PEACH, PLUM, RUST, SAGE, SEA, SLATE, STRAW, Sheet,
                    mix)


def twelve_twenty_five():
    sky = mix(PLUM, INK, .3)
    s = Sheet("twelve-twenty-five", sky)
    air = s.box(0, 0, 1200, 360)
    s.carve(air, mix(sky, PEACH, .55), 0, gap=21, width=3.4, run=(90, 300), rest=50,
            weight=lambda u, v: .15 + .85 * u * u)
    # The moon, and the road it lays.
    s.rays(330, 170, 104, 190, 40, 3, mix(sky, STRAW, .6))
    moon = s.fill(s.round(330, 170, 84), STRAW)
    s.carve(moon, mix(STRAW, OCHRE, .6), 24, gap=20, width=4, run=(16, 44), rest=40, bow=5)
    water = s.fill(s.cut([(0, 352), (1200, 352), (1200, 452), (0, 470)]), mix(SEA, INK, .3))
    s.carve(water, FOAM, 0, gap=12, width=2.6, run=(30, 120), rest=46)
    for i in range(9):
        y = 360 + i * 11
        w = 34 + i * 13 + s.jitter(9)
        s.gouge(330 - w, y, 330 + w, y, 4.6, STRAW)
    mud = s.fill(s.smooth([(-40, 470), (180, 440), (420, 462), (640, 444), (900, 470),
                           (1260, 452), (1260, 720), (-40, 720)]), mix(PLUM, RUST, .28), 8)
    s.carve(mud, mix(PEACH, PLUM, .3), 2, gap=22, width=3.4, run=(40, 170), rest=54, bow=5)
    creek = s.smooth([(402, 470), (470, 502), (410, 548), (520, 596), (440, 690), (640, 690),
                      (640, 606), (520, 552), (556, 502), (470, 468)])
    s.fill(creek, mix(SEA, FOAM, .35), 5)
    s.carve(creek, PAPER, 8, gap=15, width=2.4, run=(16, 60), rest=30)
    # The wall, its courses, its rings, and how high the sea comes.
    wall = s.fill(s.cut([(850, 208), (1210, 150), (1210, 690), (892, 690)]), SLATE, 10)
    for i in range(8):
        y0, y1 = 262 + i * 60, 214 + i * 64
        s.line([(852 + i * 5, y0), (1210, y1)], INK, 5)
        for k in range(3):
            x = 916 + k * 118 + (i % 2) * 56
            t = (x - 852) / 358
            ya = y0 + (y1 - y0) * t
            s.line([(x, ya), (x + 1, ya - 58)], INK, 4)
    s.carve(wall, mix(SLATE, PAPER, .5), -7, gap=17, width=3, run=(20, 80), rest=46,
            weight=lambda u, v: max(0, 1 - u * 1.6))
    weed = s.cut([(876, 470), (1210, 462), (1210, 690), (892, 690)], 5, 22)
    s.fill(weed, mix(SAGE, INK, .45))
    s.carve(weed, mix(SAGE, STRAW, .3), 86, gap=16, width=4, run=(24, 80), rest=20, bow=6)
    for y in (292, 386, 486):
        s.fill(s.box(986, y - 18, 22, 22), INK)
        s.line(s.round(997, y + 26, 26, 29), INK, 13, closed=True)
        s.line(s.round(997, y + 26, 26, 29), RUST, 6, closed=True)
    # The boat sits as the tide left it.
    a = math.radians(-9)

    def tip(points):
        return [(520 + x * math.cos(a) - y * math.sin(a), 470 + x * math.sin(a) + y * math.cos(a))
                for x, y in points]
    s.fill(s.round(600, 545, 222, 18), mix(PLUM, INK, .55))
    s.line(tip([(60, -20), (60, -250)]), INK, 15)
    s.line(tip([(60, -20), (60, -250)]), mix(OCHRE, RUST, .3), 7)
    furled = s.fill(s.smooth(tip([(70, -52), (150, -66), (248, -58), (250, -40), (150, -36),
                                  (70, -34)])), PAPER, 7)
    s.carve(furled, SLATE, 75, gap=20, width=2.4, run=(14, 30), rest=10)
    hull = s.fill(s.smooth(tip([(-170, -32), (-60, -14), (80, -10), (220, -22), (300, -52),
                                (286, 8), (236, 62), (130, 84), (10, 82), (-96, 56),
                                (-150, 12)])), RUST, 10)
    s.carve(hull, mix(RUST, OCHRE, .7), -9, gap=15, width=3.6, run=(70, 220), rest=20,
            weight=lambda u, v: max(.1, 1.1 - 1.6 * u))
    stripe = s.smooth(tip([(-158, -16), (-50, 4), (80, 9), (220, -4), (294, -32)]), closed=False)
    s.line(stripe, PAPER, 10)
    s.line(tip([(300, -50), (420, -150), (476, -226)]), INK, 4)
    s.chatter(mix(sky, PEACH, .5))
    s.border()
    return s


def how_a_lighthouse_says_its_name():
    sky = mix(SEA, INK, .68)
    s = Sheet("how-a-lighthouse-says-its-name", sky)
    s.carve(s.box(0, 0, 1200, 470), mix(SEA, INK, .4), 0, gap=20, width=3, run=(60, 240), rest=40)
    for _ in range(52):
        x, y = s.rng.uniform(30, 1170), s.rng.uniform(30, 330)
        r = s.rng.uniform(3, 8)
        s.gouge(x - r, y, x + r, y, 1.7, PAPER)
        s.gouge(x, y - r, x, y + r, 1.7, PAPER)
    # Two beams with hard edges.
    lamp = (812, 196)
    for far in ([(-20, 24), (-20, 246)], [(1220, 92), (1220, 262)]):
        beam = s.fill([lamp] + far, mix(STRAW, sky, .12))
        across = math.degrees(math.atan2(sum(p[1] for p in far) / 2 - lamp[1],
                                         far[0][0] - lamp[0]))
        s.carve(beam, mix(OCHRE, STRAW, .35), across, gap=13, width=3.2, run=(90, 320), rest=50)
    sea = s.fill(s.cut([(0, 462), (1200, 462), (1200, 675), (0, 675)]), mix(SEA, INK, .42))
    s.carve(sea, FOAM, 0, gap=15, width=3.2, run=(30, 150), rest=70)
    for i in range(10):
        y = 476 + i * 19
        w = 30 + i * 9 + s.jitter(12)
        s.gouge(300 - w, y, 300 + w, y, 4.6, STRAW)
    rock = s.fill(s.smooth([(560, 520), (620, 470), (676, 452), (712, 420), (800, 404),
                            (900, 412), (980, 440), (1080, 446), (1240, 470), (1240, 700),
                            (640, 700), (590, 610)], per=6), INK)
    s.carve(rock, SLATE, 66, gap=25, width=5, run=(24, 100), rest=40,
            weight=lambda u, v: max(0, 1.15 - v * 1.3))
    for x, y, w in [(588, 560, 60), (560, 610, 84), (640, 640, 90)]:
        s.fill(s.smooth([(x - w, y), (x - w * .4, y - 14), (x + w * .1, y - 6), (x + w * .5, y - 16),
                         (x + w, y + 4), (x, y + 14)]), PAPER)
    # The tower.
    tower = s.fill(s.cut([(770, 238), (854, 238), (884, 424), (740, 424)]), PAPER, 9)
    for y0, y1 in [(276, 318), (360, 402)]:
        k0, k1 = (y0 - 238) / 186, (y1 - 238) / 186
        s.fill(s.cut([(770 - 30 * k0, y0), (854 + 30 * k0, y0), (854 + 30 * k1, y1),
                      (770 - 30 * k1, y1)]), RUST, 5)
    s.carve(tower, mix(SLATE, INK, .2), 86, gap=13, width=4, run=(40, 110), rest=12,
            weight=lambda u, v: max(0, (.36 - u) * 3.4))
    s.fill(s.box(752, 226, 120, 18), INK)
    s.fill(s.box(780, 162, 64, 64), STRAW, 8)
    for x in (796, 812, 828):
        s.line([(x, 164), (x, 226)], INK, 4)
    s.fill(s.smooth([(768, 162), (784, 134), (812, 122), (840, 134), (856, 162)]), RUST, 8)
    s.line([(812, 122), (812, 98)], INK, 6)
    s.fill(s.round(812, 196, 17), PAPER)
    cottage = s.fill(s.cut([(912, 372), (1006, 372), (1006, 432), (912, 428)]), PAPER, 7)
    s.carve(cottage, SLATE, 88, gap=16, width=3, run=(20, 50), rest=12)
    s.fill(s.cut([(900, 374), (934, 334), (986, 334), (1020, 374)]), RUST, 7)
    s.fill(s.box(946, 392, 22, 22), STRAW, 5)
    s.chatter(mix(sky, FOAM, .4))
    s.border()
    return s


def cloud(s, lumps, base, colour, shade):
    """A heap: lumps are (x, y, r) above a level base."""
    left = min(x - r for x, _, r in lumps)
    right = max(x + r for x, _, r in lumps)
    body = []
    for i in range(121):
        x = left + (right - left) * i / 120
        top = base
        for cx, cy, r in lumps:
            if abs(x - cx) < r:
                top = min(top, cy - math.sqrt(r * r - (x - cx) ** 2))
        body.append((x, min(top, base)))
    body += [(right - 6, base + 6), ((left + right) / 2, base + 10), (left + 6, base + 6)]
    s.fill(body, colour, 8)
    s.carve(body, shade, 4, gap=14, width=4.4, run=(40, 140), rest=24, bow=5,
            weight=lambda u, v: max(0, u * 1.9 - .85))
    for cx, cy, r in lumps:
        arc = [(cx + r * .74 * math.cos(math.radians(a)), cy + r * .74 * math.sin(math.radians(a)))
               for a in range(205, 300, 8)]
        s.line(arc, mix(colour, shade, .75), 3.4)


def the_man_who_named_the_clouds():
    sky = mix(SEA, FOAM, .38)
    s = Sheet("the-man-who-named-the-clouds", sky)
    s.carve(s.box(0, 0, 1200, 560), mix(sky, PAPER, .3), 0, gap=27, width=2.8, run=(60, 240),
            rest=90)
    # Cirrus: hair.
    for i in range(13):
        x, y = 70 + i * 88 + s.jitter(20), 128 + s.jitter(34) - i * 4
        for k in range(4):
            lock = s.smooth([(x, y + k * 10), (x + 56, y - 18 + k * 8), (x + 118, y - 26 + k * 5),
                             (x + 168, y - 60 + k * 14)], closed=False, per=6)
            for j in range(len(lock) - 1):
                t = j / len(lock)
                s.line([lock[j], lock[j + 1]], PAPER, max(1.2, 6.4 * math.sin(math.pi * (.12 + t * .8))))
    # Altocumulus: a flock.
    for row in range(3):
        for k in range(11 - row):
            x, y = 520 + k * 58 + row * 30 + s.jitter(6), 206 + row * 27 + k * 1.5
            s.fill(s.round(x, y, 24 - row * 2, 10), mix(PAPER, sky, .08))
            s.gouge(x - 16, y + 7, x + 18, y + 7, 2.6, SLATE)
    # Cumulus, and one that means it.
    cloud(s, [(150, 410, 70), (232, 366, 86), (326, 392, 78), (400, 424, 52)], 452, PAPER,
          mix(SEA, SLATE, .5))
    cloud(s, [(742, 452, 76), (836, 388, 92), (910, 312, 82), (986, 362, 90), (1066, 430, 84),
              (1134, 468, 52)], 500, PAPER, mix(PLUM, SLATE, .5))
    cloud(s, [(520, 470, 34), (566, 448, 42), (618, 468, 36)], 490, PAPER, mix(SEA, SLATE, .5))
    # Stratus over the low hills, which is where rain is.
    s.carve(s.box(700, 512, 420, 90), mix(SEA, INK, .3), 102, gap=16, width=2.4, run=(30, 76),
            rest=12)
    far = s.fill(s.smooth([(-40, 592), (140, 552), (330, 582), (540, 556), (760, 590), (960, 562),
                           (1240, 586), (1240, 720), (-40, 720)]), mix(SAGE, SEA, .45), 7)
    s.carve(far, mix(SAGE, PAPER, .35), 4, gap=18, width=3, run=(40, 140), rest=60, bow=6)
    near = s.fill(s.smooth([(-40, 640), (220, 606), (520, 630), (820, 612), (1240, 640),
                            (1240, 720), (-40, 720)]), mix(SAGE, INK, .4), 7)
    s.carve(near, SAGE, -3, gap=15, width=3, run=(30, 120), rest=50)
    # The man, small, hat in hand.
    x, y = 300, 612
    s.fill(s.smooth([(x - 13, y), (x - 15, y - 40), (x - 9, y - 62), (x + 9, y - 62),
                     (x + 15, y - 40), (x + 13, y)]), INK)
    s.fill(s.round(x + 2, y - 74, 12), INK)
    s.line([(x + 10, y - 54), (x + 27, y - 34)], INK, 7)
    s.fill(s.box(x + 20, y - 34, 22, 18), INK)
    s.fill(s.box(x + 14, y - 19, 34, 6), INK)
    s.chatter(mix(sky, PAPER, .6))
    s.border()
    return s


def swift(s, x, y, size, turn, colour):
    a = math.radians(turn)

    def at(points):
        return [(x + size * (px * math.cos(a) - py * math.sin(a)),
                 y + size * (px * math.sin(a) + py * math.cos(a))) for px, py in points]
    bow = at([(0, -15), (22, -12), (58, 4), (96, 40), (60, 19), (24, 9), (7, 14), (9, 40),
              (0, 32), (-9, 40), (-7, 14), (-24, 9), (-60, 19), (-96, 40), (-58, 4), (-22, -12)])
    s.fill(s.smooth(bow, per=6), colour)


def the_birds_that_do_not_land():
    sky = mix(PEACH, STRAW, .35)
    s = Sheet("the-birds-that-do-not-land", sky)
    s.carve(s.box(0, 0, 1200, 560), mix(RUST, PEACH, .45), 0, gap=18, width=3.8, run=(90, 340),
            rest=60, weight=lambda u, v: max(0, u * 1.3 - .3))
    s.rays(880, 470, 104, 400, 58, 3.6, mix(sky, PAPER, .6), spread=(180, 360))
    s.fill(s.round(880, 470, 90), mix(OCHRE, RUST, .35))
    # Roofs from far to near.
    for base, colour, light, step in [(486, mix(PLUM, PEACH, .35), mix(PEACH, PLUM, .3), 120),
                                      (560, mix(PLUM, INK, .1), mix(PLUM, PEACH, .4), 168)]:
        x = -60 - step * .2
        while x < 1260:
            w = step * s.rng.uniform(.9, 1.25)
            h = step * s.rng.uniform(.34, .5)
            cx = x + w * s.rng.choice([.2, .72])
            s.fill(s.box(cx, base - h * 1.26, step * .17, h), colour, 5)
            for k in range(2):
                s.fill(s.box(cx + 3 + k * step * .085, base - h * 1.26 - 13, step * .05, 15), RUST, 3)
            roof = s.fill(s.cut([(x, base), (x + w * .5, base - h), (x + w, base), (x + w, 680),
                                 (x, 680)]), colour, 6)
            s.carve(roof, light, 90 if base > 500 else 84, gap=19, width=2.8, run=(20, 70), rest=30,
                    weight=lambda u, v: max(0, .9 - v * 1.1))
            if base > 500 and s.rng.random() < .75:
                s.fill(s.box(x + w * .42, base + 12, 30, 38), STRAW, 5)
                s.line([(x + w * .42 + 15, base + 12), (x + w * .42 + 15, base + 50)], INK, 4)
            x += w
    # The party goes round the chimneys.
    for x, y, size, turn in [(312, 196, 1.5, 62), (470, 110, 1.0, 76), (606, 86, .8, 88),
                             (742, 112, .74, 110), (838, 186, .9, 138), (196, 330, 1.16, 40),
                             (420, 300, .62, 66), (586, 214, .52, 92), (1010, 116, .5, 120),
                             (1078, 236, .42, 150), (150, 150, .5, 48)]:
        swift(s, x, y, size, turn, INK)
    s.chatter(mix(sky, PAPER, .7))
    s.border()
    return s


SCENES = {
    "twelve-twenty-five": twelve_twenty_five,
    "how-a-lighthouse-says-its-name": how_a_lighthouse_says_its_name,
    "the-man-who-named-the-clouds": the_man_who_named_the_clouds,
    "the-birds-that-do-not-land": the_birds_that_do_not_land,
}
