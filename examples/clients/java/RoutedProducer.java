import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Properties;
import java.util.Queue;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * A plain Java producer that obeys the routing value of its client set (docs/client-contract.md), from a file. Needs
 * RoutingFile.java, kafka-clients and jackson-databind. Arguments: pair, client set, client id, topic, file of the
 * routing value, file to remember it in, folder with one properties file of credentials per name ("auth").
 */
public final class RoutedProducer {
  private static final Duration PAUSE = Duration.ofMillis(50);
  /** How long a switch waits for what is under way: the old cluster may be dead. */
  private static final Duration FLUSH = Duration.ofSeconds(3);
  private static final int MOST_WAITING = 10_000;

  private final String clientSet;
  private final String clientId;
  private final String topic;
  private final Path credentials;
  private final RoutingFile routing;
  /** Records that have not been given to a producer yet, in their order. */
  private final Queue<String> waiting = new ArrayDeque<>();
  private long made;
  private volatile boolean stopping;

  private RoutedProducer(String[] args) throws IOException {
    clientSet = args[1];
    clientId = args[2];
    topic = args[3];
    credentials = Path.of(args[6]);
    routing = new RoutingFile(args[0], clientSet, Path.of(args[4]), Path.of(args[5]));
  }

  public static void main(String[] args) throws Exception {
    new RoutedProducer(args).run();
  }

  private void run() throws Exception {
    Thread working = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(working)));
    while (routing.stillObeys(null) && !stopping) Thread.sleep(PAUSE.toMillis());
    while (!stopping) {
      JsonNode obeyed = routing.value();
      say("obeys revision " + obeyed.get("revision").asLong());
      if (obeyed.get("producers").get("state").asText().equals("hold")) hold(obeyed);
      else stay(obeyed);
    }
    // An application would put them somewhere before it ends.
    say("ends with " + waiting.size() + " records");
  }

  /** On SIGTERM: what is under way is confirmed, or told as unconfirmed. */
  private void stop(Thread working) {
    stopping = true;
    try {
      working.join(FLUSH.multipliedBy(2).toMillis());
    } catch (InterruptedException inAHurry) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nothing is sent and nothing is lost: records wait here, in their order. */
  private void hold(JsonNode obeyed) throws InterruptedException {
    while (!stopping && routing.stillObeys(obeyed)) work();
    say("kept " + waiting.size() + " records");
  }

  /** One stay on one cluster: until a newer value is accepted. */
  private void stay(JsonNode obeyed) throws Exception {
    String cluster = obeyed.get("producers").get("cluster").asText();
    KafkaProducer<String, String> producer;
    try {
      producer = new KafkaProducer<>(settings(obeyed.get("producers")));
    } catch (KafkaException trouble) {
      say("cannot use " + cluster + ": " + trouble.getMessage());
      work();
      return;
    }
    try {
      while (!stopping && routing.stillObeys(obeyed)) {
        work();
        // Looked at before each record: a send to a cluster that is gone waits for max.block.ms.
        while (!waiting.isEmpty() && !stopping && routing.stillObeys(obeyed)) send(producer, cluster, waiting.poll());
      }
    } finally {
      leave(producer);
    }
  }

  private void send(KafkaProducer<String, String> producer, String cluster, String value) {
    try {
      producer.send(
          new ProducerRecord<>(topic, value),
          (where, failure) -> {
            if (failure == null) say("acknowledged " + value + " on " + cluster);
            else unconfirmed(value, cluster, failure);
          });
    } catch (KafkaException failure) {
      unconfirmed(value, cluster, failure);
    }
  }

  /** It may have been written: sending it again may make a duplicate, not sending it may lose it. The application decides. */
  private void unconfirmed(String value, String cluster, Exception failure) {
    say("unconfirmed " + value + " on " + cluster + ": " + failure.getMessage());
  }

  /**
   * Never both: when this returns, nothing that was meant for this cluster is sent any more. What is still open after
   * the bound is given up by the close, and told by its callback.
   */
  private void leave(KafkaProducer<String, String> producer) throws InterruptedException {
    // flush() has no bound of its own.
    Thread flushing = new Thread(producer::flush);
    flushing.setDaemon(true);
    flushing.start();
    flushing.join(FLUSH.toMillis());
    producer.close(Duration.ZERO);
  }

  /** The application's work: here it makes records at a steady pace. It has to slow down before too many wait. */
  private void work() throws InterruptedException {
    if (waiting.size() < MOST_WAITING) waiting.add(String.valueOf(++made));
    Thread.sleep(PAUSE.toMillis());
  }

  private Properties settings(JsonNode producers) throws IOException {
    Properties settings = RoutingFile.connection(producers, credentials);
    // The same application runs on both sides: its names must not meet at the refuge.
    settings.put("client.id", clientSet + "." + clientId);
    settings.put("acks", "all");
    // A switch must not wait behind a send that looks for a dead cluster.
    settings.put("max.block.ms", "1000");
    settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    return settings;
  }

  private static synchronized void say(String sentence) {
    System.out.println(sentence);
  }
}
