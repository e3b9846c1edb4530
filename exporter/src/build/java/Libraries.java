// SPDX-License-Identifier: Apache-2.0

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Whether the libraries that the distribution is made of are those that were decided on: each jar's bytes and licence as
 * {@code exporter/libraries.txt} has them, each licence one that a program under Apache-2.0 may come with, and the bill of materials of
 * the very same jars.
 *
 * <p>Run by the build, from its source: {@code java Libraries.java (check|write) LIST LIB BOM OWN EMBEDDED...}
 */
final class Libraries {
    /**
     * As SPDX calls them. Of what is offered under several, one of them is enough. EPL-2.0 for unchanged jars beside ours; what is under
     * it alone would be named in the copyright file.
     */
    private static final Set<String> ALLOWED = Set.of(
            "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-1.0", "EPL-2.0", "ISC", "MIT", "MIT-0");

    /** Where the bill of materials takes a pom's words for another licence than the project's own text is: by the names of jars. */
    private static final Map<String, String> CORRECTED =
            Map.of("jline-terminal", "BSD-3-Clause"); // "The BSD License", with the address of that one

    /** A jar. {@code licences} are all that it is offered under. */
    private record Library(String file, String sha256, Set<String> licences) {
        private String line() {
            return sha256 + "  " + file + "  " + String.join(" OR ", licences);
        }
    }

    private Libraries() {}

    public static void main(String[] args) throws Exception {
        Path list = Path.of(args[1]);
        Path lib = Path.of(args[2]);
        Set<String> own = Set.of(args[4].split(",", -1));
        Set<String> embedded = Set.of(args[5].split(",", -1));
        List<String> wrong = new ArrayList<>();
        Map<String, Library> bom = bom(Path.of(args[3]));

        Set<String> jars = new TreeSet<>();
        try (Stream<Path> files = Files.list(lib)) {
            files.forEach(file -> jars.add(file.getFileName().toString()));
        }
        Set<String> ships = new TreeSet<>(jars);
        embedded.forEach(name ->
                bom.keySet().stream().filter(jar -> jar.startsWith(name + "-")).forEach(ships::add));
        String exporter = jars.stream()
                .filter(jar -> jar.startsWith("rstat-exporter-"))
                .findFirst()
                .orElseThrow();
        ships.remove(exporter); // It is what the bill is of.
        difference(ships, bom.keySet())
                .forEach(jar -> wrong.add(jar + " is shipped, and not in the bill of materials"));
        difference(bom.keySet(), ships)
                .forEach(jar -> wrong.add(jar + " is in the bill of materials, and not shipped"));

        List<String> lines = new ArrayList<>();
        for (Library library : bom.values()) {
            if (own.stream().anyMatch(name -> library.file().startsWith(name + "-"))) {
                continue;
            }
            if (library.licences().stream().noneMatch(ALLOWED::contains)) {
                wrong.add(
                        "%s is under %s, of which none is known to be compatible with Apache-2.0: use another library, or add the licence to %s if it is"
                                .formatted(
                                        library.file(),
                                        library.licences().isEmpty()
                                                ? "no licence that its pom names"
                                                : library.licences(),
                                        "Libraries.java"));
            }
            Path jar = lib.resolve(library.file());
            if (Files.exists(jar) && !sha256(jar).equals(library.sha256())) {
                wrong.add(library.file() + " is not the file whose checksum the bill of materials has");
            }
            lines.add(library.line());
        }
        if (args[0].equals("write")) {
            Files.write(list, lines);
        } else {
            compare(Files.readAllLines(list), lines, wrong);
        }
        if (!wrong.isEmpty()) {
            wrong.forEach(sentence -> System.err.println("[ERROR] libraries: " + sentence));
            System.exit(1);
        }
    }

    private static void compare(List<String> decided, List<String> found, List<String> wrong) {
        Set<String> gone = difference(decided, found);
        Set<String> come = difference(found, decided);
        gone.forEach(line -> wrong.add("decided on was:  " + line));
        come.forEach(line -> wrong.add("what came is:    " + line));
        if (!gone.isEmpty() || !come.isEmpty()) {
            wrong.add(
                    "if you changed a version on purpose, run `./rstat libraries` and commit exporter/libraries.txt with it; "
                            + "if you did not, the registry or a mirror gave you other files than it gave us: remove them from ~/.m2/repository, "
                            + "and do not run what they made");
        }
    }

    private static Set<String> difference(Iterable<String> of, Iterable<String> without) {
        Set<String> difference = new TreeSet<>();
        of.forEach(difference::add);
        without.forEach(difference::remove);
        return difference;
    }

    /** By file name. */
    private static Map<String, Library> bom(Path file) throws Exception {
        Document document =
                DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(file.toFile());
        NodeList components = ((Element) document.getDocumentElement()
                        .getElementsByTagName("components")
                        .item(document.getDocumentElement()
                                        .getElementsByTagName("components")
                                        .getLength()
                                - 1))
                .getElementsByTagName("component");
        Map<String, Library> libraries = new TreeMap<>();
        for (int i = 0; i < components.getLength(); i++) {
            Element component = (Element) components.item(i);
            String purl = text(component, "purl");
            int classifier = purl.indexOf("classifier=");
            String artifact = text(component, "name");
            String name = artifact + "-" + text(component, "version")
                    + (classifier < 0
                            ? ""
                            : "-"
                                    + purl.substring(classifier + "classifier=".length())
                                            .split("&", 2)[0]) + ".jar";
            libraries.put(
                    name,
                    new Library(
                            name,
                            hash(component),
                            CORRECTED.containsKey(artifact) ? Set.of(CORRECTED.get(artifact)) : licences(component)));
        }
        return libraries;
    }

    private static String hash(Element component) {
        NodeList hashes = component.getElementsByTagName("hash");
        for (int i = 0; i < hashes.getLength(); i++) {
            if (((Element) hashes.item(i)).getAttribute("alg").equals("SHA-256")) {
                return hashes.item(i).getTextContent();
            }
        }
        return "no-checksum";
    }

    private static Set<String> licences(Element component) {
        Set<String> licences = new TreeSet<>();
        for (String element : List.of("license", "expression")) {
            NodeList found = component.getElementsByTagName(element);
            for (int i = 0; i < found.getLength(); i++) {
                Element licence = (Element) found.item(i);
                String name = element.equals("expression") ? licence.getTextContent() : text(licence, "id");
                name = name.isEmpty() ? text(licence, "name") : name;
                licences.addAll(List.of(name.split(" OR ", -1)));
            }
        }
        return licences;
    }

    private static String text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
