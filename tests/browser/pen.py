"""A pen for the tests that draw on the canvas."""

SEVEN = ((80, 110), (200, 110), (130, 260))


def draw_stroke(page, points=SEVEN) -> None:
    """Draws through points (x, y) in pixels from the canvas's upper left corner, and leaves the pen down."""
    canvas, (x, y) = page.locator("canvas.upper-canvas"), points[0]
    # Waits until the canvas stands still and nothing hides it: a fold slides open, and what it hides hears no pen.
    canvas.hover(position={"x": x, "y": y})
    page.mouse.down()
    box = canvas.bounding_box()
    for x, y in points[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
