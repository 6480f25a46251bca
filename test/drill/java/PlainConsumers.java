import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;

/**
 * Plain Java consumers of one application, one thread each. They read where to go once, at the start of their process,
 * and know nothing of routing: a change of it is a restart. What they process they write down as lines of the drill's
 * events file. Argument: a JSON file with bootstrapServers, set, cluster, revision, events, control, slowMs, maxPollRecords
 * and consumers, each with id, group, protocol, offsetReset and either topics or pattern.
 */
public final class PlainConsumers {
  private static final Duration POLL = Duration.ofMillis(200);
  /** The old cluster may be dead: leaving it must not take longer. */
  private static final Duration LEAVE = Duration.ofSeconds(2);
  private static final Duration TRY_AGAIN = Duration.ofMillis(500);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode settings;
  private final OutputStream events;
  private final Path control;
  private volatile boolean stopping;
  private volatile boolean slow;

  private PlainConsumers(JsonNode settings) throws IOException {
    this.settings = settings;
    control = Path.of(settings.get("control").asText());
    events =
        Files.newOutputStream(
            Path.of(settings.get("events").asText()), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  public static void main(String[] args) throws Exception {
    new PlainConsumers(JSON.readTree(Files.readString(Path.of(args[0])))).run();
  }

  private void run() throws InterruptedException {
    List<Thread> working = new ArrayList<>();
    for (JsonNode consumer : settings.get("consumers")) working.add(new Thread(() -> work(consumer)));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(working)));
    lookAtControl();
    working.forEach(Thread::start);
    while (!stopping) {
      lookAtControl();
      Thread.sleep(POLL.toMillis());
    }
  }

  /** On SIGTERM: what was polled is finished and committed, and the groups are left. */
  private void stop(List<Thread> working) {
    stopping = true;
    try {
      for (Thread thread : working) thread.join(LEAVE.multipliedBy(3).toMillis());
    } catch (InterruptedException inAHurry) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAtControl() {
    try {
      slow = "slow".equals(JSON.readTree(Files.readString(control)).path("speed").asText());
    } catch (IOException beingRewritten) {
      // The last one holds.
    }
  }

  private void work(JsonNode consumer) {
    while (!stopping) {
      try {
        consume(consumer);
      } catch (KafkaException trouble) {
        note(consumer, trouble.getClass().getSimpleName() + ": " + trouble.getMessage());
        pause(TRY_AGAIN);
      }
    }
  }

  private void consume(JsonNode settingsOfOne) {
    KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties(settingsOfOne));
    try {
      if (settingsOfOne.has("pattern")) consumer.subscribe(Pattern.compile(settingsOfOne.get("pattern").asText()));
      else consumer.subscribe(texts(settingsOfOne.get("topics")));
      boolean told = false;
      while (!stopping) {
        ConsumerRecords<String, String> records = consumer.poll(POLL);
        if (!told && !consumer.assignment().isEmpty()) {
          told = true;
          adopted(settingsOfOne);
          note(settingsOfOne, "assigned " + consumer.assignment());
        }
        for (ConsumerRecord<String, String> record : records) process(settingsOfOne, record);
        if (!records.isEmpty()) consumer.commitSync(LEAVE);
      }
    } finally {
      consumer.close(CloseOptions.timeout(LEAVE));
    }
  }

  private Properties properties(JsonNode one) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", settings.get("bootstrapServers").asText());
    properties.put("group.id", one.get("group").asText());
    properties.put("client.id", settings.get("set").asText() + "." + one.get("id").asText());
    properties.put("group.protocol", one.get("protocol").asText());
    if (one.get("protocol").asText().equals("classic")) {
      properties.put("session.timeout.ms", settings.get("sessionMs").asText());
      properties.put("heartbeat.interval.ms", String.valueOf(settings.get("sessionMs").asInt() / 8));
    }
    properties.put("auto.offset.reset", one.get("offsetReset").asText());
    properties.put("enable.auto.commit", "false");
    properties.put("isolation.level", "read_committed");
    properties.put("max.poll.records", settings.get("maxPollRecords").asText());
    properties.put("metadata.max.age.ms", "1000");
    properties.put("default.api.timeout.ms", "5000");
    properties.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    properties.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    return properties;
  }

  private void process(JsonNode one, ConsumerRecord<String, String> record) {
    if (slow) pause(Duration.ofMillis(settings.get("slowMs").asLong()));
    ObjectNode line = JSON.createObjectNode();
    line.put("at", "processed").put("group", one.get("group").asText()).put("member", one.get("id").asText());
    line.put("cluster", settings.get("cluster").asText()).put("topic", record.topic());
    line.put("partition", record.partition()).put("offset", String.valueOf(record.offset()));
    line.put("producer", header(record, "producer")).put("seq", Long.parseLong(header(record, "seq")));
    line.put("key", record.key()).put("atMs", System.currentTimeMillis());
    write(line.put("revision", settings.get("revision").asLong()));
  }

  private void adopted(JsonNode one) {
    ObjectNode line = JSON.createObjectNode().put("at", "adopted").put("client", one.get("id").asText());
    line.put("role", "consumer").put("revision", settings.get("revision").asLong());
    write(line.put("atMs", System.currentTimeMillis()));
  }

  private void note(JsonNode one, String text) {
    ObjectNode line = JSON.createObjectNode().put("at", "note").put("client", one.get("id").asText());
    write(line.put("text", text).put("atMs", System.currentTimeMillis()));
  }

  private synchronized void write(ObjectNode line) {
    try {
      events.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException unwritable) {
      throw new IllegalStateException("an event could not be written down", unwritable);
    }
  }

  private static String header(ConsumerRecord<String, String> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }

  private static List<String> texts(JsonNode list) {
    List<String> found = new ArrayList<>();
    for (JsonNode one : list) found.add(one.asText());
    return found;
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
