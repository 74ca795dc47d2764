"""Speaks as `vae train --progress jsonl` does, without TensorFlow: fake_trainer.py FOLDER MANNER."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

folder, manner = Path(sys.argv[1]), sys.argv[2]
shipped = Path(__file__).parents[1] / "vae" / "assets" / "notebook"


def say(event, **told):
    print(json.dumps({"event": event, "seconds": 0.1, "done": 0, **told}), flush=True)


say("begun", steps=4, epoch=2, labels=[], clean="", noisy="", sigma=0.2, config={})
(folder / "pid").write_text(str(os.getpid()))
if manner == "crashes":
    sys.exit("RuntimeError: it broke")
if manner == "fails":
    say("ended", outcome="failed", reason="Expected a number. Received none.")
    sys.exit(1)
if manner == "waits":  # Until something is asked, or its standard input ends.
    for line in sys.stdin:
        request = json.loads(line)
        say("asked", request=request)
        if request.get("do") == "stop":
            break
elif manner == "hangs":
    time.sleep(60)
shutil.copytree(shipped, folder / "model")
say("ended", outcome="stopped" if manner == "waits" else "finished")
