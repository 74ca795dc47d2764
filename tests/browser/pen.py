"""A pen for the tests that draw on the canvas."""

SEVEN = ((80, 110), (200, 110), (130, 260))


def draw_stroke(page, points=SEVEN) -> None:
    """Draws through points (x, y) in pixels from the canvas's upper left corner, and leaves the pen down."""
    canvas, (x, y) = page.locator("canvas.upper-canvas"), points[0]
    wait_until_it_stands_still(page, canvas)
    # Waits until nothing hides it: a fold slides open, and what it still hides hears no pen.
    canvas.hover(position={"x": x, "y": y})
    page.mouse.down()
    box = canvas.bounding_box()
    for x, y in points[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)


def wait_until_it_stands_still(page, element) -> None:
    """While a page opens, what comes in above an element moves it: a stroke would begin beside the canvas."""
    before, now = None, element.bounding_box()
    while now != before:
        page.wait_for_timeout(500)
        before, now = now, element.bounding_box()
