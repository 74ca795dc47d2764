"""What the pages share: the current digit, cached models, the canvas, pictures and charts."""
