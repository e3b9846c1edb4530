// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.fuzz.FuzzTarget;
import java.util.Arrays;
import java.util.List;

/** Object files as they may lie in a folder of collectors. */
public final class ObjectFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "object";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(SmallObject.elf(), BuiltIn.object("probe"));
    }

    @Override
    public int longest() {
        return 4096;
    }

    @Override
    public void run(byte[] input) {
        try {
            ElfObject.check(input);
        } catch (RstatException said) {
            // The built-in ones are not even asked that.
        }
        try {
            CollectorObject object = CollectorObject.parse(input);
            BtfFuzz.schema(object.btf());
            var _ = object.fitsLocalStorage(4096);
            byte[] made = object.forCpus(0x01020304);
            int first = Arrays.mismatch(made, input);
            FuzzTarget.require(made.length == input.length, "another length");
            FuzzTarget.require(
                    first < 0 || lastMismatch(made, input) - first < Integer.BYTES,
                    "more than the number of CPUs was changed");
        } catch (RstatException said) {
            // So it shall be.
        }
    }

    private static int lastMismatch(byte[] made, byte[] input) {
        int last = made.length - 1;
        while (made[last] == input[last]) {
            last--;
        }
        return last;
    }
}
