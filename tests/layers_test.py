#!/usr/bin/env python3
"""Shows that layers.py sees every breach it is there for, each in a tree that has it alone."""

import contextlib
import io
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import layers

GOOD = {
    "src/meson.build": "# lowest first\ntine_layers = ['base', 'os',\n               'pool']\n",
    "src/base/a.h": "#include <tine.h>\n#include <stdint.h>\n",
    "src/base/a.c": '#include "base/a.h"\n#include "a.h"\n'
    "char q = '\"'; /* #include \"pool/p.h\" and\n#ifdef __linux__ */\n",
    "src/os/o.h": '#include "base/a.h"\n#include <pthread.h>\n'
    "#if TINE_OS_POSIX || !defined __linux__\n#endif\n",
    "src/os/o.c": "#define _GNU_SOURCE\n",
    "src/pool/p.h": "#if defined __GNUC__ && __STDC_VERSION__ >= 201112L\n#endif\n"
    "#ifndef TINE_POOL_P_H\n#endif\n",
    "src/pool/p.c": '#include "pool/p.h"\n#include "os/o.h"\nconst char *s = "#ifdef __linux__";\n',
}


class Layers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in GOOD.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, *libraries):
        """The exit status, and what was printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = layers.main([self.root, *libraries])
        return status, printed.getvalue()

    def expect(self, *parts):
        status, printed = self.check()
        self.assertEqual(status, 1)
        self.assertEqual(len(printed.splitlines()), 1, printed)
        for part in parts:
            self.assertIn(part, printed)

    def test_good_tree(self):
        self.assertEqual(self.check(), (0, ""))

    def test_upward_edge(self):
        self.write("src/base/b.c", '\n#  include "pool/p.h"\n')
        self.expect("src/base/b.c:2:", "pool lies above base")

    def test_upward_edge_from_os(self):
        self.write("src/os/b.h", '#include "pool/p.h"\n')
        self.expect("src/os/b.h:1:", "pool lies above os")

    def test_unknown_layer(self):
        self.write("src/pool/b.c", '#include "cluster/c.h"\n')
        self.expect("src/pool/b.c:1:", "no layer cluster")

    def test_missing_file(self):
        self.write("src/pool/b.c", '#include "base/none.h"\n')
        self.expect("does not exist")

    def test_neighbour_of_another_layer(self):
        self.write("src/pool/b.c", '#include "a.h"\n')
        self.expect("not in its folder")

    def test_unlisted_folder(self):
        self.write("src/extra/e.c", "")
        self.expect("src/extra: not in tine_layers")

    def test_layer_without_folder(self):
        shutil.rmtree(self.root / "src/pool")
        self.expect("the layer pool has no folder")

    def test_system_header(self):
        self.write("src/pool/b.c", "#include <unistd.h>\n")
        self.expect("<unistd.h>", "src/os")

    def test_conditions(self):
        for condition in (
            "#ifdef __linux__", "#if defined(_WIN32)", "#if defined __x86_64__", "#ifndef __AVX2__",
            "#if 0\n#elif TINE_OS_POSIX", "#if 1 && \\\n defined __aarch64__",
            "# if __BYTE_ORDER__ == 1",
        ):
            with self.subTest(condition):
                self.write("src/pool/b.h", condition + "\n#endif\n")
                self.expect("src/pool/b.h:", "only src/os may")

    def test_feature_macro(self):
        self.write("src/pool/b.c", "#define _GNU_SOURCE\n")
        self.expect("defines _GNU_SOURCE")

    @unittest.skipUnless(shutil.which("cc") and shutil.which("ar"), "no C compiler")
    def test_symbols(self):
        self.write("x.c", "static int hidden;\nint tine__x;\n"
                          "int *tine_use(void) { return &hidden; }\n")
        self.write("y.c", "int stray(void) { return 0; }\n")
        for name, status in (("x", 0), ("y", 1)):
            file = self.root / name
            subprocess.run(["cc", "-c", f"{file}.c", "-o", f"{file}.o"], check=True)
            subprocess.run(["ar", "rc", f"{file}.a", f"{file}.o"], check=True)
            found, printed = self.check(f"{file}.a")
            self.assertEqual(found, status, printed)
        self.assertIn("stray is global", printed)


if __name__ == "__main__":
    unittest.main()
