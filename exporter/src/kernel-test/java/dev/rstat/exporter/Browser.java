// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Debian's Chromium with the live page open in it. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String AXE = axe();

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    static Browser start() {
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(Peers.path("chromium", "chromedriver").toFile())
                .usingAnyFreePort()
                .withEnvironment(Map.of(
                        "LD_LIBRARY_PATH", Peers.path("chromium", "libraries").toString(),
                        "FONTCONFIG_FILE", Peers.path("chromium", "fonts.conf").toString()))
                .build();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(Peers.path("chromium", "chromium/chromium").toFile());
        // A profile that chromedriver makes and removes; and nothing that Chromium would like to ask the world.
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        Browser browser = new Browser(new ChromeDriver(service, options));
        browser.driver.manage().timeouts().scriptTimeout(PATIENCE);
        browser.window(1280, 900);
        return browser;
    }

    /** The page's content is as large as that. */
    Browser window(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        return this;
    }

    /**
     * @param scheme light or dark
     */
    Browser theme(String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        return this;
    }

    /**
     * Opened anew.
     *
     * @param hash what is chosen, as the page has it in its address
     */
    Browser open(RunningService service, String hash) {
        driver.get("about:blank");
        driver.get("http://127.0.0.1:%d/%s".formatted(service.port(), hash));
        await("the first numbers", "return document.getElementById('status').dataset.state === 'live'");
        return this;
    }

    /** Returns when a script returns true. */
    void await(String what, String script, Object... arguments) {
        Await.until(what, PATIENCE, () -> {
            try {
                return Boolean.TRUE.equals(run(script, arguments));
            } catch (WebDriverException notYet) {
                // Of a page that is just being loaded.
                return false;
            }
        });
    }

    Object run(String script, Object... arguments) {
        return Objects.requireNonNullElse(driver.executeScript(script, arguments), "");
    }

    double number(String script, Object... arguments) {
        return ((Number) run(script, arguments)).doubleValue();
    }

    String text(String id) {
        return driver.findElement(By.id(id)).getText();
    }

    /** Keys as a person presses them, wherever the focus is. */
    Browser press(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
        return this;
    }

    /** Tab until the focus is on what the selector names. */
    void tabTo(String selector) {
        for (int i = 0; i < 60; i++) {
            if (Boolean.TRUE.equals(run("return document.activeElement.matches(arguments[0])", selector))) {
                return;
            }
            press(Keys.TAB);
        }
        throw new AssertionError("Tab does not lead to " + selector);
    }

    /** How many milliseconds pass until what an action changes is painted, in the page's own time. */
    double millisToPaint(String action) {
        return ((Number) Objects.requireNonNull(driver.executeAsyncScript("""
                        const done = arguments[arguments.length - 1];
                        const channel = new MessageChannel();
                        const start = performance.now();
                        channel.port1.onmessage = () => done(performance.now() - start);
                        (() => { %s })();
                        // A message sent before a frame is painted comes after it.
                        requestAnimationFrame(() => channel.port2.postMessage(0));
                        """.formatted(action)))).doubleValue();
    }

    /** axe finds nothing that is serious or worse. */
    void assertAccessible() {
        run(AXE);
        Object faults = driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document, { resultTypes: ["violations"] }).then((results) =>
                  done(results.violations
                    .filter((fault) => fault.impact === "serious" || fault.impact === "critical")
                    .map((fault) => fault.id + ": " + fault.nodes.map((node) => node.html).slice(0, 3).join(" "))));
                """);
        assertThat((List<?>) Objects.requireNonNull(faults)).isEmpty();
    }

    /** What the page and the browser complain of: broken scripts, what the policy has kept from running. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.SEVERE.intValue())
                .map(entry -> entry.getMessage())
                .toList();
    }

    /** Into target/screenshots of the build. */
    void screenshot(String name) {
        Path folder = InstalledCommand.share("../../screenshots");
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String axe() {
        try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
