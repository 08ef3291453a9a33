"""The lines that every client program of this suite reads and writes.

    PROGRAM produce BROKERS TOPIC CODEC          records from standard input, "key TAB value"
    PROGRAM consume BROKERS TOPIC COUNT          as many records to standard output, the same lines
    PROGRAM member  BROKERS TOPIC GROUP ASSIGNOR   until it is ended; each line begins
                                                 "partition TAB offset TAB"

A member commits an offset only when the line before it has been written out.
"""
import sys


def records():
    for line in sys.stdin.buffer:
        key, value = line[:-1].split(b"\t", 1)
        yield key, value


def write(pairs):
    sys.stdout.buffer.writelines(b"%b\t%b\n" % pair for pair in pairs)


def write_placed(rows):
    sys.stdout.buffer.writelines(b"%d\t%d\t%b\t%b\n" % row for row in rows)
    sys.stdout.buffer.flush()


def main(produce, consume, member):
    mode, *arguments = sys.argv[1:]
    {"produce": produce, "consume": consume, "member": member}[mode](*arguments)
