"""tine-describe as users meet it: the right table, or an error that says where and what to do, and
the exit status. Run with the program as the first argument."""
import gzip
import json
import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = sys.argv.pop(1)


def run(*args, data=None, **others):
    return subprocess.run(
        [PROGRAM, *args],
        input=data,
        stdout=others.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        timeout=120,
        **others,
    )


class Describe(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, data, name="data.csv"):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def columns(self, *args, **others):
        result = run("--json", *args, **others)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return json.loads(result.stdout)["columns"]

    def types(self, data):
        return [column["type"] for column in self.columns(self.write(data))]

    def fails(self, data, *words):
        self.failed(run(self.write(data)), *words)

    def failed(self, result, *words):
        text = result.stderr.decode()
        self.assertEqual(result.returncode, 1, text)
        self.assertEqual(result.stdout or b"", b"")
        self.assertEqual(text.count("\n"), 1)
        for word in words:
            self.assertIn(word, text)

    def test_malformed_rows_are_told_with_their_place(self):
        rows = b"1,2\n" * 300000
        self.fails(b"a,b\n1,2\n1,2,3\n", "data.csv, line 3, record 2, column 3", "1,2,3\\n")
        self.fails(b"a,b\n" + rows + b'"x,2\n', "line 300002, record 300001, column 1", "closed")
        self.fails(b"a,b\n" + rows + b"x\xff,2\n", "line 300002", '"a"', "\\xff", "UTF-8")
        self.fails(b'a\n1"2\n', "line 2, record 1, column 1", "quote")
        self.fails(b'"' * 100001, "line 1, column 1", "never closed")

    def test_what_is_no_csv(self):
        self.fails(b"", "empty")
        self.fails(b"\n" * 100000, "empty")
        self.fails(gzip.compress(b"a,b\n1,2\n"), "gzip", "decompress")
        self.fails(b"PK\x03\x04....", "ZIP", "xlsx")
        self.fails("a,b\n1,2\n".encode("utf-16"), "UTF-16")
        self.fails("a,b\n1,2\n".encode("utf-16-le"), "NUL")
        self.fails("Stra\u00dfe;b\n1;2\n".encode("cp1252"), "\\xdf", "UTF-8")
        self.fails(b"\x7fELF\x02\x01\x01\0\0\0\0\xff,\0\n\0", "ELF", "if this is text at all")

    def test_a_name_does_not_break_the_line_of_a_message(self):
        self.fails(b'"a\nb\x1b[31m' + b"n" * 600 + b'",c\n\xff,1\n', "not UTF-8", "\\xff")

    def test_odd_files_that_are_csv(self):
        self.assertEqual(self.types(b"a,b\n"), ["string", "string"])
        self.assertEqual(self.types(b"a,b\r1,x\r2,y\r"), ["int64", "string"])
        self.assertEqual(self.types(b"\xef\xbb\xbfa;b\r\n1,50;2\r\n"), ["string", "int64"])
        self.assertEqual(self.types(b"," * 999 + b"\n"), ["string"] * 1000)
        self.assertEqual(self.types(b"a,b\n1,\0\n"), ["int64", "string"])
        rows = b"1,2\n" * 300000
        self.assertEqual(self.types(b"a,b\n" + rows + b"x,3\n"), ["string", "int64"])

    def test_one_long_field_and_many_columns(self):
        text = self.write(b'a,b\n"' + b'""' * 4000000 + b'",1\n')
        self.assertEqual(len(self.columns(text)[0]["max"]), 4000000)
        wide = b",".join(b"c%d" % i for i in range(20000)) + b"\n"
        self.assertEqual(len(self.columns(self.write(wide + wide))), 20000)

    def test_many_files_and_workers(self):
        paths = [self.write(b"a,b\n%d,x\n" % i, "%d.csv" % i) for i in range(200)]
        for workers in ("1", "2", "64"):
            column = self.columns("--workers", workers, *paths)[0]
            self.assertEqual((column["rows"], column["min"], column["max"]), (200, 0, 199))
        paths.append(self.write(b"a,c\n1,2\n", "other.csv"))
        self.failed(run(*paths), "other.csv, line 1, column 2", "differs")

    def test_pipes(self):
        self.assertEqual(self.columns("-", data=b"a\n1\n2\n")[0]["max"], 2)
        fifo = self.path("fifo")
        os.mkfifo(fifo)

        def write_slowly():
            with open(fifo, "wb", buffering=0) as file:
                for part in (b"a,", b"b\n1", b",2\n"):
                    file.write(part)
                    time.sleep(0.05)

        writer = threading.Thread(target=write_slowly)
        writer.start()
        self.assertEqual(self.columns(fifo)[1]["max"], 2)
        writer.join()

    def test_files_that_cannot_be_read(self):
        self.failed(run(self.folder.name), "Is a directory")
        self.failed(run(self.path("nothing")), "No such file")
        if os.getuid() != 0:
            os.chmod(self.write(b"a\n1\n"), 0)
            self.failed(run(self.path("data.csv")), "Permission denied")

    def test_a_result_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            self.failed(run(self.write(b"a\n1\n"), stdout=full), "cannot write")
            self.failed(run("--help", stdout=full), "cannot write")

    def test_wrong_command_lines(self):
        for args in ([], ["--what", "x"], ["-x", "x"], ["--workers"], ["--workers", "0", "x"],
                     ["--workers", "1x", "x"], ["--delimiter", "ab", "x"], ["-", "-"]):
            result = run(*args, data=b"")
            self.assertEqual((result.returncode, result.stdout), (2, b""), args)
            self.assertIn(b"--help", result.stderr)

    def test_columns_line_up(self):
        data = "\u540d\u524d,b\n\u6771\u4eac,1\ne\u0301,22\n".encode()
        lines = run(self.write(data)).stdout.decode().splitlines()
        self.assertEqual(lines[1].split(), ["\u540d\u524d", "string", "2", "0", "e\u0301",
                                            "\u6771\u4eac", "2"])
        # Two wide characters take four columns, a combining one none.
        self.assertEqual(lines[1].index("string"), lines[2].index("int64") - 2)
        self.assertEqual(len(lines[1]) + 4 - 1, len(lines[2]))

    def test_progress_is_for_terminals(self):
        path = self.write(b"a,b\n" + b"1,2\n" * 10000)
        self.assertEqual(run(path).stderr, b"")
        ours, theirs = pty.openpty()
        result = subprocess.run([PROGRAM, path], stdout=subprocess.PIPE, stderr=theirs, timeout=60)
        os.close(theirs)
        shown = os.read(ours, 65536)
        os.close(ours)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"100% [##############################]", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"))


if __name__ == "__main__":
    unittest.main()
