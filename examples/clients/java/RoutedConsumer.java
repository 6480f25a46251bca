import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * Needs kafka-clients and jackson-databind. Arguments: pair, client set, client id, group id, file of the routing
 * value, file to remember it in, folder with one properties file of credentials per name ("auth" of the routing).
 */
public final class RoutedConsumer {
  private static final Duration POLL = Duration.ofMillis(200);
  /** The old cluster may be dead: leaving it must not take longer. */
  private static final Duration LEAVE = Duration.ofSeconds(3);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String pair;
  private final String clientSet;
  private final String clientId;
  private final String groupId;
  private final Path file;
  private final Path memory;
  private final Path credentials;
  /** Newest value accepted; null before the first. */
  private JsonNode routing;
  private String lastText = "";
  private volatile boolean stopping;

  private RoutedConsumer(String[] args) {
    pair = args[0];
    clientSet = args[1];
    clientId = args[2];
    groupId = args[3];
    file = Path.of(args[4]);
    memory = Path.of(args[5]);
    credentials = Path.of(args[6]);
  }

  public static void main(String[] args) throws Exception {
    new RoutedConsumer(args).run();
  }

  private void run() throws Exception {
    Thread working = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(working)));
    if (Files.exists(memory)) accept(Files.readString(memory));
    for (look(); routing == null && !stopping; look()) Thread.sleep(POLL.toMillis());
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
    JsonNode obeyed = routing;
    KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings(obeyed));
    try {
      consumer.subscribe(topicsToRead(obeyed));
      say("obeys revision " + obeyed.get("revision").asLong());
      while (!stopping && !look()) {
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
    JsonNode consumers = obeyed.get("consumers");
    Properties settings = new Properties();
    Path known = credentials.resolve(consumers.get("auth").asText() + ".properties");
    if (Files.exists(known)) {
      try (var reader = Files.newBufferedReader(known)) {
        settings.load(reader);
      }
    }
    settings.put("bootstrap.servers", String.join(",", texts(consumers.get("bootstrapServers"))));
    settings.put("group.id", groupId);
    // The same application runs on both sides: its names must not meet at the refuge.
    settings.put("client.id", clientSet + "." + clientId);
    settings.put("auto.offset.reset", "none");
    settings.put("enable.auto.commit", "false");
    settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    settings.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    return settings;
  }

  /** True if a newer value was accepted. A file that is missing or cannot be read changes nothing. */
  private boolean look() {
    try {
      String text = Files.readString(file);
      if (text.equals(lastText)) return false;
      lastText = text;
      return accept(text);
    } catch (IOException unreadable) {
      return false;
    }
  }

  private boolean accept(String text) throws IOException {
    String problem;
    JsonNode value = null;
    try {
      value = JSON.readTree(text);
      problem = problemOf(value);
    } catch (IOException broken) {
      problem = "not JSON";
    }
    if (problem != null) {
      say("ignores a value: " + problem);
      return false;
    }
    if (routing != null && value.get("revision").asLong() <= routing.get("revision").asLong()) return false;
    // Before it is applied, so that a process that dies in mid-switch does not step back.
    Path fresh = memory.resolveSibling(memory.getFileName() + ".new");
    Files.writeString(fresh, text);
    Files.move(fresh, memory, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    routing = value;
    return true;
  }

  /** Null if the whole value is sound and meant for this client. */
  private String problemOf(JsonNode value) {
    if (value.path("schema").asInt() != 1) return "schema is " + value.path("schema") + ", known: 1";
    if (!pair.equals(value.path("pair").asText())) return "pair is " + value.path("pair");
    if (!clientSet.equals(value.path("clientSet").asText())) return "clientSet is " + value.path("clientSet");
    if (!value.path("revision").isIntegralNumber()) return "revision is " + value.path("revision");
    JsonNode consumers = value.path("consumers");
    if (!List.of("local", "remote", "both").contains(consumers.path("read").asText()))
      return "consumers.read is " + consumers.path("read");
    if (texts(consumers.path("bootstrapServers")).isEmpty()) return "consumers.bootstrapServers is empty";
    if (!consumers.path("auth").isTextual()) return "consumers.auth is missing";
    if (texts(value.path("topics")).isEmpty()) return "topics is empty";
    if (!value.path("remotePrefix").isTextual()) return "remotePrefix is missing";
    return null;
  }

  private static List<String> topicsToRead(JsonNode value) {
    String read = value.get("consumers").get("read").asText();
    List<String> topics = new ArrayList<>();
    for (String topic : texts(value.get("topics"))) {
      if (!read.equals("remote")) topics.add(topic);
      String remote = value.get("remotePrefix").asText() + topic;
      if (!read.equals("local")) topics.add(value.path("remoteNames").path(topic).asText(remote));
    }
    return topics;
  }

  private static List<String> texts(JsonNode list) {
    List<String> found = new ArrayList<>();
    for (JsonNode one : list) found.add(one.asText());
    return found;
  }

  private static String cluster(JsonNode value) {
    return value.get("consumers").path("cluster").asText();
  }

  private static void say(String sentence) {
    System.out.println(sentence);
  }
}
