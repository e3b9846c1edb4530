// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.parser.Parser;

/** The commands that a Markdown text tells its reader of, in blocks of code and within sentences. */
final class MarkdownCommands {
    /** What a command begins with; code that begins otherwise is a query, a source or a name. */
    private static final Set<String> PROGRAMS = Set.of(
            "./rstat", "rstat", "sudo", "apt", "apt-get", "docker", "curl", "man", "cat", "install", "rm", "sysctl");

    /** In a block that shows output as well, what is typed. */
    private static final String PROMPT = "$ ";

    private MarkdownCommands() {}

    /**
     * @return in the text's order, each once; a block of several lines is one, unless it shows output
     */
    static List<String> of(String markdown) {
        SequencedSet<String> commands = new LinkedHashSet<>();
        Parser.builder().build().parse(markdown).accept(new AbstractVisitor() {
            @Override
            public void visit(IndentedCodeBlock block) {
                block(block.getLiteral());
            }

            @Override
            public void visit(FencedCodeBlock block) {
                block(block.getLiteral());
            }

            @Override
            public void visit(Code code) {
                // One word alone is a program's name. A line's end within code is a blank.
                add(code.getLiteral().replace('\n', ' '), true);
            }

            private void block(String text) {
                List<String> typed =
                        text.lines().filter(line -> line.startsWith(PROMPT)).toList();
                if (typed.isEmpty()) {
                    add(text.strip(), false);
                } else {
                    typed.forEach(line -> add(line.substring(PROMPT.length()), false));
                }
            }

            private void add(String text, boolean withArguments) {
                List<String> words = List.of(text.split("\\s+", 2));
                if (PROGRAMS.contains(words.getFirst()) && (words.size() > 1 || !withArguments)) {
                    commands.add(text);
                }
            }
        });
        return new ArrayList<>(commands);
    }
}
