// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory by its descriptor. Java's own listing would need a system call for each file to tell directories from files, of which a
 * cgroup has eighty, and cannot name what is not UTF-8. Not for two threads at once, nor are those entered from one.
 */
public final class Directory implements AutoCloseable {
    private static final int DT_DIR = 4;

    /** {@code struct statx}: stx_nlink and stx_ino, and the bits that ask for them. */
    static final int STATX_SIZE = 256;

    static final int STATX_NLINK_AND_INO = 0x4 | 0x100;
    private static final int STX_NLINK = 16;
    static final int STX_INO = 32;

    /** A directory's own entry, "..", and one for each sub-directory. */
    private static final int LINKS_OF_A_LEAF = 2;

    /** U+FFFD, the replacement character. */
    public static final char NOT_TEXT = '\uFFFD';

    private static final int LISTING_SIZE = 32 * 1024;
    static final int FLAGS = LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;

    private final FileDescriptor fd;
    private final Answers answers;

    /**
     * Where the kernel writes. One for a directory and all that are entered from it: memory that a buffer has outside of the heap is freed
     * when the heap's garbage is, and until then ten thousand cgroups would have ten thousand of them, at every look.
     */
    private static final class Answers {
        private final ByteBuffer look = BpfMap.buffer(STATX_SIZE);
        private @Nullable ByteBuffer listing;

        ByteBuffer listing() {
            ByteBuffer made = listing;
            if (made == null) {
                made = BpfMap.buffer(LISTING_SIZE);
                listing = made;
            }
            return made;
        }
    }

    /** A sub-directory, named in its directory. */
    public static final class Entry {
        private final String name;
        private final byte[] bytes;

        private Entry(String name, byte[] bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        /** For people: UTF-8 as it is; of other names, and of those with a {@link #NOT_TEXT}, each byte beyond ASCII as that and two digits: no two look the same. */
        public String name() {
            return name;
        }
    }

    /** What one look at a directory tells. */
    public record Look(long inode, boolean hasSubdirectories) {}

    private Directory(int fd, Answers answers) {
        this.fd = new FileDescriptor(fd);
        this.answers = answers;
    }

    /**
     * @throws RstatException if there is no such directory or this user may not list it
     */
    public static Directory open(Path path) {
        int fd = Native.c().open(Native.bytes(path), FLAGS);
        if (fd < 0) {
            throw new RstatException("cannot open %s: %s".formatted(path, Native.describe(Native.errno())));
        }
        return new Directory(fd, new Answers());
    }

    /** Null if there is no such directory. */
    public static @Nullable Directory openIfPresent(Path path) {
        int fd = Native.c().open(Native.bytes(path), FLAGS);
        return fd < 0 ? null : new Directory(fd, new Answers());
    }

    public int fd() {
        return fd.number();
    }

    public long inode() {
        return here().inode();
    }

    public boolean hasSubdirectories() {
        return here().hasSubdirectories();
    }

    private Look here() {
        Look look = look(new byte[] {'.', 0});
        if (look == null) {
            throw new RstatException("cannot look at an open directory: " + Native.describe(Native.errno()));
        }
        return look;
    }

    /** Null if it is gone. */
    public @Nullable Look look(Entry entry) {
        return look(entry.bytes);
    }

    private @Nullable Look look(byte[] name) {
        ByteBuffer result = answers.look;
        int error = Native.c().statx(fd.number(), name, LibC.AT_SYMLINK_NOFOLLOW, STATX_NLINK_AND_INO, result);
        return error < 0 ? null : new Look(result.getLong(STX_INO), result.getInt(STX_NLINK) > LINKS_OF_A_LEAF);
    }

    /** Null if it is gone. */
    public @Nullable Directory enter(Entry entry) {
        int sub = Native.c().openat(fd.number(), entry.bytes, FLAGS);
        return sub < 0 ? null : new Directory(sub, answers);
    }

    /** The sub-directories, in no order. Lists once: a second call finds the directory at its end. */
    public List<Entry> subdirectories() {
        List<Entry> entries = new ArrayList<>();
        ByteBuffer listing = answers.listing();
        while (true) {
            // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, then the name and a zero
            int length = (int) Native.c().getdents64(fd.number(), listing, LISTING_SIZE);
            if (length <= 0) {
                return entries; // at the end, or removed meanwhile
            }
            for (int at = 0; at < length; at += Short.toUnsignedInt(listing.getShort(at + 16))) {
                if (listing.get(at + 18) == DT_DIR && !isDots(listing, at + 19)) {
                    entries.add(entry(listing, at + 19));
                }
            }
        }
    }

    private static boolean isDots(ByteBuffer listing, int name) {
        return listing.get(name) == '.'
                && (listing.get(name + 1) == 0 || (listing.get(name + 1) == '.' && listing.get(name + 2) == 0));
    }

    private static Entry entry(ByteBuffer listing, int name) {
        int end = name;
        while (listing.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - name + 1];
        listing.get(name, bytes);
        return new Entry(text(Arrays.copyOf(bytes, end - name)), bytes);
    }

    /** A name, or a path, as {@link Entry#name} has it. */
    public static String text(byte[] name) {
        if (isAscii(name)) {
            return new String(name, StandardCharsets.ISO_8859_1);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(name))
                    .toString();
            if (text.indexOf(NOT_TEXT) < 0) {
                return text;
            }
        } catch (CharacterCodingException notText) {
            // Written byte by byte, below.
        }
        StringBuilder text = new StringBuilder();
        for (byte b : name) {
            if (b >= 0) {
                text.append((char) b);
            } else {
                text.append(NOT_TEXT).append("%02x".formatted(b));
            }
        }
        return text.toString();
    }

    /** As nearly all names are, which are thousands in each look at a large tree: a decoder's buffers would be most of its garbage. */
    private static boolean isAscii(byte[] name) {
        for (byte b : name) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        fd.close();
    }
}
