import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * The routing value of one client set (docs/client-contract.md), from a file that something else keeps current. Only
 * sound values with a higher revision are accepted; each is remembered in another file before it is applied.
 */
final class RoutingFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String pair;
  private final String clientSet;
  private final Path file;
  private final Path memory;
  /** Newest value accepted; null before the first. */
  private JsonNode value;
  private String lastText = "";

  RoutingFile(String pair, String clientSet, Path file, Path memory) throws IOException {
    this.pair = pair;
    this.clientSet = clientSet;
    this.file = file;
    this.memory = memory;
    if (Files.exists(memory)) accept(Files.readString(memory));
    look();
  }

  /** Newest value accepted; null before the first. */
  JsonNode value() {
    return value;
  }

  /** Looks at the file. True as long as nothing newer than `obeyed` was accepted; null = nothing at all. */
  boolean stillObeys(JsonNode obeyed) {
    look();
    return value == obeyed;
  }

  /** A file that is missing or cannot be read changes nothing. */
  private void look() {
    try {
      String text = Files.readString(file);
      if (text.equals(lastText)) return;
      accept(text);
      lastText = text;
    } catch (IOException unreadable) {
      // Carry on unchanged, and look again: a value that could not be remembered is not applied either.
    }
  }

  private void accept(String text) throws IOException {
    String problem;
    JsonNode read = null;
    try {
      read = JSON.readTree(text);
      problem = problemOf(read);
    } catch (IOException broken) {
      problem = "not JSON";
    }
    if (problem != null) {
      System.out.println("ignores a value: " + problem);
      return;
    }
    if (value != null && read.get("revision").asLong() <= value.get("revision").asLong()) return;
    // Before it is applied, so that a process that dies in mid-switch does not step back.
    Path fresh = memory.resolveSibling(memory.getFileName() + ".new");
    Files.writeString(fresh, text);
    Files.move(fresh, memory, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    value = read;
  }

  /** Null if the whole value is sound and meant for this client set. */
  private String problemOf(JsonNode read) {
    if (read.path("schema").asInt() != 1) return "schema is " + read.path("schema") + ", known: 1";
    if (!pair.equals(read.path("pair").asText())) return "pair is " + read.path("pair");
    if (!clientSet.equals(read.path("clientSet").asText())) return "clientSet is " + read.path("clientSet");
    if (!read.path("revision").isIntegralNumber()) return "revision is " + read.path("revision");
    for (String role : List.of("producers", "consumers")) {
      if (texts(read.path(role).path("bootstrapServers")).isEmpty()) return role + ".bootstrapServers is empty";
      if (!read.path(role).path("auth").isTextual()) return role + ".auth is missing";
      if (!read.path(role).path("cluster").isTextual()) return role + ".cluster is missing";
    }
    if (!List.of("active", "hold").contains(read.path("producers").path("state").asText()))
      return "producers.state is " + read.path("producers").path("state");
    if (!List.of("local", "remote", "both").contains(read.path("consumers").path("read").asText()))
      return "consumers.read is " + read.path("consumers").path("read");
    if (texts(read.path("topics")).isEmpty()) return "topics is empty";
    if (!read.path("remotePrefix").isTextual()) return "remotePrefix is missing";
    return null;
  }

  /** Where to connect and how, of "producers" or "consumers": credentials lie in a file of the name that "auth" gives. */
  static Properties connection(JsonNode endpoint, Path credentials) throws IOException {
    Properties settings = new Properties();
    Path known = credentials.resolve(endpoint.get("auth").asText() + ".properties");
    if (Files.exists(known)) {
      try (var reader = Files.newBufferedReader(known)) {
        settings.load(reader);
      }
    }
    settings.put("bootstrap.servers", String.join(",", texts(endpoint.get("bootstrapServers"))));
    return settings;
  }

  static List<String> texts(JsonNode list) {
    List<String> found = new ArrayList<>();
    for (JsonNode one : list) found.add(one.asText());
    return found;
  }
}
