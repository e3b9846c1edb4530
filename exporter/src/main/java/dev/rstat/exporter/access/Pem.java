// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import dev.rstat.RstatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and a key in PEM. Netty reads PKCS#8 only, and what Micronaut has for the older forms is its own; OpenSSL and many an
 * authority still write these.
 *
 * @param origin of the text, for messages
 */
record Pem(String origin, String text) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final byte[] RSA = {0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1};
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};
    private static final byte[] NULL = {0x05, 0x00};
    private static final byte[] ZERO = {0x02, 0x01, 0x00};
    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int CURVE = 0xa0;

    private record Block(String label, String base64) {}

    /** In their order, at least one. */
    List<X509Certificate> certificates() {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.label().equals("CERTIFICATE")) {
                try {
                    certificates.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(content(block))));
                } catch (CertificateException e) {
                    throw new RstatException(
                            "%s: certificate %d cannot be read; look at it: openssl x509 -text -in FILE"
                                    .formatted(origin, certificates.size() + 1),
                            e);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new RstatException("%s: there is no `-----BEGIN CERTIFICATE-----` in it".formatted(origin));
        }
        return certificates;
    }

    /** The first key. */
    PrivateKey key() {
        for (Block block : blocks()) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return pkcs8(content(block));
                }
                case "RSA PRIVATE KEY" -> {
                    return pkcs8(der(SEQUENCE, ZERO, der(SEQUENCE, RSA, NULL), der(OCTETS, content(block))));
                }
                case "EC PRIVATE KEY" -> {
                    byte[] algorithm = der(SEQUENCE, EC, curve(content(block)));
                    return pkcs8(der(SEQUENCE, ZERO, algorithm, der(OCTETS, content(block))));
                }
                default -> {}
            }
        }
        if (text.contains("ENCRYPTED")) {
            throw new RstatException(
                    "%s: the key is encrypted, and a service has nobody to ask for its password; decrypt it: openssl pkey -in FILE -out NEW"
                            .formatted(origin));
        }
        throw new RstatException("%s: there is no private key in it, in PKCS#8, PKCS#1 or SEC 1".formatted(origin));
    }

    /** Whether the key is that of the certificate. */
    static boolean belong(PrivateKey key, X509Certificate certificate) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] message = new byte[32];
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(message);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException _) {
            // Of another kind.
            return false;
        }
    }

    private List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }

    private byte[] content(Block block) {
        try {
            return Base64.getMimeDecoder().decode(block.base64());
        } catch (IllegalArgumentException e) {
            throw new RstatException("%s: what is in `%s` is not Base64".formatted(origin, block.label()), e);
        }
    }

    /** What the JDK says of a key it cannot read may show bytes of it. */
    @SuppressWarnings("UnusedException")
    private PrivateKey pkcs8(byte[] content) {
        PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(content);
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException _) {
                // Of another algorithm, maybe.
            } catch (GeneralSecurityException e) {
                throw new RstatException("this Java has no %s keys".formatted(algorithm), e);
            }
        }
        throw unreadableKey();
    }

    private RstatException unreadableKey() {
        return new RstatException(
                "%s: the key cannot be read; it is RSA, EC or Ed25519, and `openssl pkey -in FILE -noout -check` says whether it is whole"
                        .formatted(origin));
    }

    /** The curve, which SEC 1 has in the key and PKCS#8 beside it. */
    private byte[] curve(byte[] key) {
        ByteBuffer in = ByteBuffer.wrap(key);
        try {
            enter(in, SEQUENCE);
            skip(in, INTEGER);
            skip(in, OCTETS);
            byte[] curve = new byte[enter(in, CURVE)];
            in.get(curve);
            return curve;
        } catch (BufferUnderflowException | IllegalArgumentException _) {
            throw unreadableKey();
        }
    }

    private static void skip(ByteBuffer in, int tag) {
        int length = enter(in, tag);
        in.position(in.position() + length);
    }

    /** The length of what follows. */
    private static int enter(ByteBuffer in, int tag) {
        if (Byte.toUnsignedInt(in.get()) != tag) {
            throw new IllegalArgumentException("another tag");
        }
        int length = Byte.toUnsignedInt(in.get());
        if (length >= 0x80) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << Byte.SIZE | Byte.toUnsignedInt(in.get());
            }
        }
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("another length");
        }
        return length;
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length < 0x80) {
            out.write(length);
        } else {
            // Keys are shorter than 64 KiB.
            out.write(0x82);
            out.write(length >> Byte.SIZE);
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    /** Without the text. */
    @Override
    public String toString() {
        return origin;
    }
}
