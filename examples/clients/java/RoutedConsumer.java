import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;

/**
 * A plain Java consumer that obeys the routing value of its client set (docs/client-contract.md), from a file.
 * Needs RoutingFile.java, kafka-clients and jackson-databind. Arguments: pair, client set, client id, group id, file of
 * the routing value, file to remember it in, folder with one properties file of credentials per name ("auth").
 */
public final class RoutedConsumer {
  private static final Duration POLL = Duration.ofMillis(200);
  /** The old cluster may be dead: leaving it must not take longer. */
  private static final Duration LEAVE = Duration.ofSeconds(3);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  private final String clientSet;
  private final String clientId;
  private final String groupId;
  private final Path credentials;
  private final RoutingFile routing;
  private volatile boolean stopping;

  private RoutedConsumer(String[] args) throws IOException {
    clientSet = args[1];
    clientId = args[2];
    groupId = args[3];
    credentials = Path.of(args[6]);
    routing = new RoutingFile(args[0], clientSet, Path.of(args[4]), Path.of(args[5]));
  }

  public static void main(String[] args) throws Exception {
    new RoutedConsumer(args).run();
  }

  private void run() throws Exception {
    Thread working = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(working)));
    while (routing.stillObeys(null) && !stopping) Thread.sleep(POLL.toMillis());
    while (!stopping) stay();
  }

  /** On SIGTERM: finishes what was polled, commits and leaves the group. */
  private void stop(Thread working) {
    stopping = true;
    try {
      working.join(LEAVE.multipliedBy(3).toMillis());
    } catch (InterruptedException inAHurry) {
      Thread.currentThread().interrupt();
    }
  }

  /** One stay on one cluster: until a newer value is accepted, or the start is refused. */
  private void stay() throws Exception {
    JsonNode obeyed = routing.value();
    KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings(obeyed));
    try {
      consumer.subscribe(topicsToRead(obeyed));
      say("obeys revision " + obeyed.get("revision").asLong());
      while (!stopping && routing.stillObeys(obeyed)) {
        ConsumerRecords<String, String> records = consumer.poll(POLL);
        for (ConsumerRecord<String, String> record : records) process(obeyed, record);
        if (!records.isEmpty()) consumer.commitSync(LEAVE);
      }
    } catch (NoOffsetForPartitionException | OffsetOutOfRangeException refused) {
      // Never from one end of the log: that would skip or repeat records without anybody knowing.
      say("refuses to start: " + refused.getMessage());
      Thread.sleep(TRY_AGAIN.toMillis());
    } catch (KafkaException trouble) {
      say("cannot use " + cluster(obeyed) + ": " + trouble.getMessage());
      Thread.sleep(TRY_AGAIN.toMillis());
    } finally {
      consumer.close(CloseOptions.timeout(LEAVE));
    }
  }

  /** The application's work. What it does has to be done when it returns: the position is committed next. */
  private void process(JsonNode obeyed, ConsumerRecord<String, String> record) {
    say("processed " + record.value() + " of " + record.topic() + " on " + cluster(obeyed));
  }

  private Properties settings(JsonNode obeyed) throws IOException {
    Properties settings = RoutingFile.connection(obeyed.get("consumers"), credentials);
    settings.put("group.id", groupId);
    // The same application runs on both sides: its names must not meet at the refuge.
    settings.put("client.id", clientSet + "." + clientId);
    settings.put("auto.offset.reset", "none");
    settings.put("enable.auto.commit", "false");
    settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    settings.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    return settings;
  }

  private static List<String> topicsToRead(JsonNode value) {
    String read = value.get("consumers").get("read").asText();
    List<String> topics = new ArrayList<>();
    for (String topic : RoutingFile.texts(value.get("topics"))) {
      if (!read.equals("remote")) topics.add(topic);
      String remote = value.get("remotePrefix").asText() + topic;
      if (!read.equals("local")) topics.add(value.path("remoteNames").path(topic).asText(remote));
    }
    return topics;
  }

  private static String cluster(JsonNode value) {
    return value.get("consumers").path("cluster").asText();
  }

  private static void say(String sentence) {
    System.out.println(sentence);
  }
}
