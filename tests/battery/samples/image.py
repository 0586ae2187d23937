"""Operators of images."""

import numpy as np

from .table import S, X, case

PIXELS = X(4, 5, 3, low=0, high=200)
WHOLE = {"gradient": "images are prepared outside of what is recorded"}


def naive_linear(data, height, width):
    """Interpolation between the four pixels around the place that a pixel comes from; halves are centres."""
    out = np.empty((*data.shape[:-3], height, width, data.shape[-1]))
    for v in range(height):
        for u in range(width):
            y, x = ((k + 0.5) * n / m - 0.5 for k, n, m in ((v, data.shape[-3], height), (u, data.shape[-2], width)))
            total = 0
            for dy in (0, 1):
                for dx in (0, 1):
                    row, col = int(np.floor(y)) + dy, int(np.floor(x)) + dx
                    weight = (1 - abs(y - row)) * (1 - abs(x - col))
                    row, col = (min(max(k, 0), n - 1) for k, n in ((row, data.shape[-3]), (col, data.shape[-2])))
                    total = total + data[..., row, col, :] * weight
            out[..., v, u, :] = total
    return out


case("_cvimresize", lambda src, w, h: naive_linear(src, h, w), S(PIXELS, w=3, h=6), kind="long", **WHOLE)
case(
    "_image_resize",
    lambda data, size, keep_ratio=False: naive_linear(data, *((size, size * 5 // 4) if keep_ratio else size[::-1])),
    S(X(2, 4, 5, 3), size=(3, 6)),
    S(PIXELS, size=8, keep_ratio=True),
    kind="long",
    **WHOLE,
)
case(
    "_image_crop",
    lambda data, x, y, width, height: data[..., y : y + height, x : x + width, :],
    S(X(2, 4, 5, 3), x=1, y=2, width=3, height=1),
    kind="exact",
)
case("_image_flip_left_right", lambda data: data[:, ::-1], S(X(2, 3, 3)), kind="exact")
case("_image_flip_top_bottom", lambda data: data[::-1], S(X(2, 3, 3)), kind="exact")


def naive_border(src, top, bot, left, right, type=0, value=0, values=()):
    pads = (top, bot), (left, right), (0, 0)
    if type:
        return np.pad(src, pads, ("edge", "symmetric", "wrap", "reflect")[type - 1])
    inside = np.pad(np.ones(src.shape), pads) > 0
    return np.where(inside, np.pad(src, pads), values or value)


case(
    "_cvcopyMakeBorder",
    naive_border,
    *(S(X(3, 4, 3), top=1, bot=2, left=1, right=0, type=kind, value=0.5) for kind in range(5)),
    S(X(3, 4, 3), top=1, bot=2, left=1, right=0, values=(1, 2, 3)),
    kind="exact",
    **WHOLE,
)
case(
    "_image_to_tensor",
    lambda data: np.moveaxis(data, -1, -3) / 255,
    S(PIXELS),
    S(X(2, 3, 4, 3)),
    result="float32",
    **WHOLE,
)
case(
    "_image_normalize",
    lambda data, mean, std: (data - np.reshape(mean, (-1, 1, 1))) / np.reshape(std, (-1, 1, 1)),
    S(X(2, 3, 2, 2), mean=(0.1, 0.2, 0.3), std=(1, 2, 4)),
    S(X(1, 2, 3), mean=(0.5,), std=(2,)),
)


# --- Colours: samples in which nothing is left to chance -------------------------------------------------------------

GREY = np.array([0.299, 0.587, 0.114])
CHANCE = {"random": True, "gradient": "images are prepared outside of what is recorded"}


def always(expected):
    """A check that the result is that of a function of the image and the parameters."""

    def check(outputs, inputs, **params):
        (got,), (data,) = outputs, inputs
        want = expected(data.astype("f8"), **params)
        tolerance = 0.3 if got.dtype == np.float16 else 2e-3
        np.testing.assert_allclose(got.astype("f8"), want, rtol=2e-3, atol=tolerance)

    return check


def naive_hue(data, turn):
    """Colours turned by a part of a circle, by the library of colours that comes with Python."""
    import colorsys

    out = np.empty_like(data)
    for place in np.ndindex(data.shape[:2]):
        h, light, s = colorsys.rgb_to_hls(*(data[place] / 255))
        out[place] = np.array(colorsys.hls_to_rgb((h + turn) % 1, light, s)) * 255
    return out


COLOURS = {
    "brightness": lambda data, factor: data * factor,
    "contrast": lambda data, factor: data * factor + (1 - factor) * (data @ GREY).mean(),
    "saturation": lambda data, factor: data * factor + (1 - factor) * (data @ GREY)[:, :, None],
    "hue": naive_hue,
}
for kind, function in COLOURS.items():
    fixed = lambda data, min_factor, max_factor, function=function: function(data, min_factor)
    case(f"_image_random_{kind}", always(fixed), S(PIXELS, min_factor=1.3, max_factor=1.3), **CHANCE)


def naive_lighting(data, alpha):
    values = np.array([55.46, 4.794, 1.148])
    vectors = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
    return data + vectors @ (values * alpha)


case("_image_adjust_lighting", naive_lighting, S(PIXELS, alpha=(0.1, 0.2, 0.3)), kind="long", **WHOLE)
case("_image_random_lighting", always(lambda data, alpha_std: data), S(PIXELS, alpha_std=0.0), **CHANCE)
case(
    "_image_random_color_jitter",
    always(lambda data, **_: data),
    S(PIXELS, brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0),
    **CHANCE,
)


def turned_or_not(turn):
    def check(outputs, inputs):
        (got,), (data,) = outputs, inputs
        assert np.array_equal(got, data) or np.array_equal(got, turn(data))

    return check


case("_image_random_flip_left_right", turned_or_not(lambda x: x[:, ::-1]), S(PIXELS), **CHANCE)
case("_image_random_flip_top_bottom", turned_or_not(lambda x: x[::-1]), S(PIXELS), **CHANCE)
