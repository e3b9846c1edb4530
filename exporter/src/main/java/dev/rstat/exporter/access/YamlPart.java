// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import dev.rstat.RstatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * A part of a YAML file, read strictly: what is not expected there is an error that says where. Values are never shown, as they may be
 * secrets. Of the library only the tree is used, which makes objects of no class.
 *
 * @param name of the part, as in {@code tls_server_config.cert_file}; empty for all of it
 * @param node null where nothing is
 */
record YamlPart(Path file, String name, @Nullable Node node) {
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final Pattern KEY = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

    static YamlPart of(Path file, String text) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MOST_CHARACTERS);
        options.setNestingDepthLimit(8);
        options.setMaxAliasesForCollections(8);
        try {
            Composer composer = new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options);
            return new YamlPart(file, "", composer.getSingleNode());
        } catch (MarkedYAMLException e) {
            throw failure(file, e.getProblemMark(), "this is no YAML: look at its quotes and indentation");
        } catch (YAMLException _) {
            throw failure(file, null, "this is no YAML, or more than 1 MiB");
        }
    }

    boolean isEmpty() {
        return node == null || node.getTag().equals(Tag.NULL);
    }

    /** Its parts, of which each must be allowed. */
    Map<String, YamlPart> parts(SequencedSet<String> allowed) {
        SequencedMap<String, YamlPart> parts = parts();
        for (Map.Entry<String, YamlPart> part : parts.entrySet()) {
            if (!allowed.contains(part.getKey())) {
                throw part.getValue()
                        .failure("unknown key%s%s; there are: %s"
                                .formatted(
                                        KEY.matcher(part.getKey()).matches() ? " `" + part.getKey() + "`" : "",
                                        name.isEmpty() ? "" : " in " + name,
                                        String.join(", ", allowed)));
            }
        }
        return parts;
    }

    /** Its parts by name, whatever they are called. */
    SequencedMap<String, YamlPart> parts() {
        SequencedMap<String, YamlPart> parts = new LinkedHashMap<>();
        if (isEmpty()) {
            return parts;
        }
        if (!(node instanceof MappingNode mapping)) {
            throw failure((name.isEmpty() ? "this" : name) + " is made of lines like `key: value`");
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new YamlPart(file, name, tuple.getKeyNode()).failure("a key is a word");
            }
            String partName = name.isEmpty() ? key.getValue() : name + "." + key.getValue();
            YamlPart part = new YamlPart(file, partName, tuple.getValueNode());
            if (parts.put(key.getValue(), part) != null) {
                throw part.failure("a key that is there already%s".formatted(name.isEmpty() ? "" : ", in " + name));
            }
        }
        return parts;
    }

    /** Text, or a number as it is written. */
    String text() {
        if (!(node instanceof ScalarNode scalar) || isEmpty()) {
            throw failure(name + " is a text");
        }
        return scalar.getValue();
    }

    boolean flag() {
        return switch (node instanceof ScalarNode scalar ? scalar.getValue() : "") {
            case "true" -> true;
            case "false" -> false;
            default -> throw failure(name + " is true or false");
        };
    }

    List<String> texts() {
        if (isEmpty()) {
            return List.of();
        }
        if (!(node instanceof SequenceNode sequence)) {
            throw failure(name + " is a list: [A, B]");
        }
        List<String> texts = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            texts.add(new YamlPart(file, name, item).text());
        }
        return texts;
    }

    /**
     * @param reason without what is a secret
     */
    RstatException failure(String reason) {
        return failure(file, node == null ? null : node.getStartMark(), reason);
    }

    private static RstatException failure(Path file, @Nullable Mark mark, String reason) {
        return new RstatException(
                "%s%s: %s".formatted(file, mark == null ? "" : ", line " + (mark.getLine() + 1), reason));
    }

    /** Without the content. */
    @Override
    public String toString() {
        return file + ": " + name;
    }
}
