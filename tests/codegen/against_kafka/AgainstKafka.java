import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads lines of class, version, kind and bytes.
 *
 * <p>With "samples": a "sample" must come back unchanged from Kafka's class; a "default" must be
 * what a new object of it writes. With "verdicts": tells for each line whether Kafka's class can
 * read it, how many bytes it leaves, and what it writes again.
 */
public class AgainstKafka {
    public static void main(String[] arguments) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        if (arguments[0].equals("verdicts")) {
            tellVerdicts(input);
        } else {
            compareAll(input);
        }
    }

    private static void compareAll(BufferedReader input) throws IOException {
        int same = 0;
        int different = 0;
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] parts = line.split("\t", -1);
            try {
                compare(parts[0], Short.parseShort(parts[1]), parts[2], parts[3]);
                same++;
            } catch (Exception error) {
                different++;
                System.out.println(parts[0] + " version " + parts[1] + ": " + error);
            }
        }
        System.out.println(same + " same, " + different + " different");
        System.exit(different == 0 && same > 0 ? 0 : 1);
    }

    private static void tellVerdicts(BufferedReader input) throws IOException {
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] parts = line.split("\t", -1);
            System.out.println(verdict(parts[0], Short.parseShort(parts[1]), parts[3]));
            System.out.flush();
        }
    }

    private static String verdict(String name, short version, String hex) {
        try {
            Message message = create(name);
            ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
            message.read(new ByteBufferAccessor(bytes), version);
            return "read\t" + bytes.remaining() + "\t" + writeIfPossible(message, version);
        } catch (Throwable refused) {
            return "refused\t" + refused.toString().replaceAll("\\s+", " ");
        }
    }

    /** Tags that it does not know are kept in any order, but then it cannot write them. */
    private static String writeIfPossible(Message message, short version) {
        try {
            return write(message, version);
        } catch (RuntimeException unwritable) {
            return "unwritable";
        }
    }

    private static void compare(String name, short version, String kind, String hex)
            throws Exception {
        Message message = create(name);
        if (kind.equals("sample")) {
            ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
            message.read(new ByteBufferAccessor(bytes), version);
            if (bytes.hasRemaining() || !message.unknownTaggedFields().isEmpty()) {
                throw new IllegalStateException("not all of it is known: " + hex);
            }
        }
        String again = write(message, version);
        if (!again.equals(hex)) {
            throw new IllegalStateException(hex + " came back as " + again);
        }
    }

    private static Message create(String name) throws ReflectiveOperationException {
        return (Message) Class.forName(name).getConstructor().newInstance();
    }

    private static String write(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer written = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(written), cache, version);
        return HexFormat.of().formatHex(written.array());
    }
}
