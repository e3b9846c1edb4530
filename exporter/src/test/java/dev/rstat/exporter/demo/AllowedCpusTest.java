// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllowedCpusTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|0", "0-1|1", "0-3,8|8", "2,4-11|11"})
    void theLastOfAList(String list, int last) {
        assertThat(AllowedCpus.last(List.of("Name:\tjava", "Cpus_allowed:\tff", "Cpus_allowed_list:\t" + list)))
                .isEqualTo(last);
    }

    @Test
    void aStatusWithoutAListIsSaid() {
        assertThatThrownBy(() -> AllowedCpus.last(List.of("Name:\tjava"))).isInstanceOf(RstatException.class);
    }
}
