import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads lines of class, version, kind and bytes. A "sample" must come back unchanged from Kafka's
 * class; a "default" must be what a new object of it writes.
 */
public class AgainstKafka {
    public static void main(String[] arguments) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
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

    private static void compare(String name, short version, String kind, String hex)
            throws Exception {
        Message message = (Message) Class.forName(name).getConstructor().newInstance();
        if (kind.equals("sample")) {
            ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
            message.read(new ByteBufferAccessor(bytes), version);
            if (bytes.hasRemaining() || !message.unknownTaggedFields().isEmpty()) {
                throw new IllegalStateException("not all of it is known: " + hex);
            }
        }
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer written = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(written), cache, version);
        String again = HexFormat.of().formatHex(written.array());
        if (!again.equals(hex)) {
            throw new IllegalStateException(hex + " came back as " + again);
        }
    }
}
