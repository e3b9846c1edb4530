// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.rstat.fuzz.FuzzTarget;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The kernel's files of a cgroup, and the table of mounts: no error, and no number but those that are there. */
public final class CgroupFilesFuzz implements FuzzTarget {
    /** What an input's first byte chooses; beyond them the table of mounts. */
    private static final List<CgroupFile> FILES = List.of(CgroupFile.values());

    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    @Override
    public String name() {
        return "cgroup-files";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                seed(CgroupFile.CPU_STAT, "usage_usec 885753\nuser_usec 4473\nnr_periods 42\n"),
                seed(CgroupFile.MEMORY_STAT, "anon 180224\nfile 31043584\nnew 1\nslab 166816\n"),
                seed(CgroupFile.PIDS_MAX, "max\n"),
                seed(CgroupFile.MEMORY_CURRENT, "31391744\n"),
                seed(CgroupFile.IO_PRESSURE, "some avg10=0.65 avg60=0.12 avg300=0.02 total=2\nfull total=1\n"),
                seed(CgroupFile.IO_STAT, "8:16 8:32 rbytes=5 wbytes= rios=7\n253:1048575 rbytes=12\n"),
                mounts("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"),
                // A file system writes its source itself, and may leave a backslash as it is.
                mounts("36 35 98:0 / /mnt rw - fuse a\\b\\xyz rw"));
    }

    private static byte[] seed(CgroupFile file, String text) {
        return ((char) FILES.indexOf(file) + text).getBytes(US_ASCII);
    }

    private static byte[] mounts(String text) {
        return ((char) FILES.size() + text).getBytes(US_ASCII);
    }

    @Override
    public void run(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int choice = input[0] & 0xff;
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        String text = new String(bytes, ISO_8859_1);
        if (choice >= FILES.size()) {
            List<String> lines = text.lines().toList();
            FuzzTarget.require(MountTable.parse(lines).size() <= lines.size(), "more mounts than lines");
            return;
        }
        CgroupFile file = FILES.get(choice);
        CgroupfsSnapshot.Builder builder = new CgroupfsSnapshot.Builder(1);
        builder.next();
        CgroupFileText parsed = new CgroupFileText();
        parsed.reset(bytes, bytes.length);
        CgroupFileParser.of(file, CgroupfsTable.TABLE).parse(parsed, builder);
        CgroupfsSnapshot snapshot = builder.build(StartTimes.unknown(0, 1), 0, 0);
        List<CgroupfsTable.Source> columns = CgroupfsTable.TABLE.columns();
        for (int column = 0; column < columns.size(); column++) {
            long value = snapshot.value(0, column);
            FuzzTarget.require(value >= CgroupfsSnapshot.ABSENT, "a number below 0");
            CgroupfsTable.Source source = columns.get(column);
            boolean flat = file.form() == CgroupFile.Form.FLAT_KEYED || file.form() == CgroupFile.Form.NUMBER;
            // No flat file has an =, of which only nested ones say what it would mean.
            if (flat && text.indexOf('=') < 0) {
                long wanted = source.file() != file
                        ? CgroupfsSnapshot.ABSENT
                        : file.form() == CgroupFile.Form.NUMBER ? first(text) : keyed(text, source.key());
                FuzzTarget.require(
                        value == wanted, "%s is %d, and was read as %d".formatted(source.key(), wanted, value));
            }
        }
        for (int entry = 0; entry < snapshot.entries(); entry++) {
            FuzzTarget.require(snapshot.device(entry) >= 0, "no device");
        }
    }

    /** The last line of that key counts. */
    private static long keyed(String text, String key) {
        long last = CgroupfsSnapshot.ABSENT;
        for (String line : whole(text)) {
            List<String> words = words(line);
            if (words.size() > 1 && !words.get(1).isEmpty() && words.getFirst().equals(key)) {
                last = number(words.get(1));
            }
        }
        return last;
    }

    private static long first(String text) {
        List<String> lines = whole(text);
        List<String> words = lines.isEmpty() ? List.of() : words(lines.getFirst());
        return words.isEmpty() ? CgroupfsSnapshot.ABSENT : number(words.getFirst());
    }

    /** What has no line feed at its end is no line. */
    private static List<String> whole(String text) {
        List<String> lines = List.of(text.split("\n", -1));
        return lines.subList(0, lines.size() - 1);
    }

    private static List<String> words(String line) {
        String trimmed = line.replaceAll("^ +", "");
        return trimmed.isEmpty() ? List.of() : List.of(trimmed.split(" +", -1));
    }

    private static long number(String word) {
        return NUMBER.matcher(word).matches() && new BigInteger(word).compareTo(MOST) <= 0
                ? Long.parseLong(word)
                : CgroupfsSnapshot.ABSENT;
    }
}
