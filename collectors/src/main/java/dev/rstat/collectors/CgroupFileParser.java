// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.ArrayList;
import java.util.List;

/** Finds the known numbers in the text of one kind of file. */
final class CgroupFileParser {
    /** The one key of pressure files that is taken; the averages can be had from it. */
    private static final KeyTable TOTAL = new KeyTable(List.of("total"));

    private final CgroupFile.Form form;
    private final KeyTable keys;
    private final int[] columns;

    private CgroupFileParser(CgroupFile.Form form, List<String> keys, List<Integer> columns) {
        this.form = form;
        this.keys = new KeyTable(keys);
        this.columns = columns.stream().mapToInt(Integer::intValue).toArray();
    }

    static CgroupFileParser of(CgroupFile file, CgroupfsTable table) {
        List<CgroupfsTable.Source> sources =
                file.form() == CgroupFile.Form.DEVICES ? table.deviceColumns() : table.columns();
        List<String> keys = new ArrayList<>();
        List<Integer> columns = new ArrayList<>();
        for (int column = 0; column < sources.size(); column++) {
            if (sources.get(column).file() == file) {
                keys.add(sources.get(column).key());
                columns.add(column);
            }
        }
        return new CgroupFileParser(file.form(), keys, columns);
    }

    void parse(CgroupFileText text, CgroupfsSnapshot.Builder values) {
        switch (form) {
            case NUMBER -> number(text, values);
            case FLAT_KEYED -> flatKeyed(text, values);
            case PRESSURE -> pressure(text, values);
            case DEVICES -> devices(text, values);
        }
    }

    private void number(CgroupFileText text, CgroupfsSnapshot.Builder values) {
        if (text.nextLine() && text.nextWord()) {
            values.set(columns[0], text.number());
        }
    }

    private void flatKeyed(CgroupFileText text, CgroupfsSnapshot.Builder values) {
        while (text.nextLine()) {
            if (text.nextWord()) {
                int key = text.in(keys);
                if (key != KeyTable.UNKNOWN && text.nextWord()) {
                    values.set(columns[key], text.number());
                }
            }
        }
    }

    private void pressure(CgroupFileText text, CgroupfsSnapshot.Builder values) {
        while (text.nextLine()) {
            int line = text.nextWord() ? text.in(keys) : KeyTable.UNKNOWN;
            while (line != KeyTable.UNKNOWN && text.nextWord()) {
                boolean total = text.isKey() && text.in(TOTAL) != KeyTable.UNKNOWN;
                if (total && text.nextWord()) {
                    values.set(columns[line], text.number());
                }
            }
        }
    }

    private void devices(CgroupFileText text, CgroupfsSnapshot.Builder values) {
        while (text.nextLine()) {
            long device = CgroupFileText.ABSENT;
            while (text.nextWord()) {
                if (!text.isKey()) {
                    // The last before the keys counts: kernels up to 6.1 may leave out the line feed after a device
                    // without numbers.
                    device = text.device();
                    continue;
                }
                int key = text.in(keys);
                if (text.nextWord() && key != KeyTable.UNKNOWN && device != CgroupFileText.ABSENT) {
                    values.setOfDevice(device, columns[key], text.number());
                }
            }
        }
    }
}
