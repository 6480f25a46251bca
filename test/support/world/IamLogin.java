import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Lets in whom MSK would let in with IAM, as far as its documentation tells: the token is a URL in base64url, signed (SigV4) for
 * the action kafka-cluster:Connect of this region, by a key that is known here, not longer ago than it says. Policies are IAM's.
 */
public final class IamLogin implements AuthenticateCallbackHandler {
  /** The example of AWS's documentation; kafka-msk-iam.test.ts has the same. */
  private static final String ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE";
  private static final String SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  private static final String REGION = "eu-west-1";
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

  @Override
  public void close() {}

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (!(callback instanceof OAuthBearerValidatorCallback)) throw new UnsupportedCallbackException(callback);
      OAuthBearerValidatorCallback asked = (OAuthBearerValidatorCallback) callback;
      try {
        asked.token(checked(asked.tokenValue()));
      } catch (Exception refused) {
        asked.error("invalid_token: " + refused.getMessage(), null, null);
      }
    }
  }

  private static OAuthBearerToken checked(String value) throws Exception {
    URI url = new URI(new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8));
    must(("kafka." + REGION + ".amazonaws.com").equals(url.getHost()), "host " + url.getHost());
    Map<String, String> query = new TreeMap<>();
    for (String pair : url.getRawQuery().split("&")) query.put(pair.split("=", 2)[0], pair.split("=", 2)[1]);
    String signature = query.remove("X-Amz-Signature");
    query.remove("User-Agent"); // added behind the signature
    must("kafka-cluster%3AConnect".equals(query.get("Action")), "action " + query.get("Action"));
    String date = query.get("X-Amz-Date");
    long from = Instant.from(DATE.parse(date)).toEpochMilli();
    long until = from + 1000 * Long.parseLong(query.get("X-Amz-Expires"));
    must(until > System.currentTimeMillis() && until - from <= 900_000, "expired, or for too long");
    String scope = date.substring(0, 8) + "/" + REGION + "/kafka-cluster/aws4_request";
    must((ACCESS_KEY + "/" + scope).replace("/", "%2F").equals(query.get("X-Amz-Credential")), "credential");
    must(signature.equals(signed(url.getHost(), query, date, scope)), "signature");
    return token(value, until);
  }

  private static String signed(String host, Map<String, String> query, String date, String scope) throws Exception {
    StringBuilder pairs = new StringBuilder();
    query.forEach((name, text) -> pairs.append(pairs.length() == 0 ? "" : "&").append(name).append("=").append(text));
    String request = "GET\n/\n" + pairs + "\nhost:" + host + "\n\nhost\n" + hash("");
    byte[] key = ("AWS4" + SECRET_KEY).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) key = hmac(key, part);
    return hex(hmac(key, "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hash(request)));
  }

  private static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(String text) throws Exception {
    return hex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static void must(boolean holds, String what) {
    if (!holds) throw new IllegalArgumentException(what);
  }

  private static OAuthBearerToken token(String value, long until) {
    return new OAuthBearerToken() {
      public String value() {
        return value;
      }

      public Set<String> scope() {
        return Set.of();
      }

      public long lifetimeMs() {
        return until;
      }

      public String principalName() {
        return ACCESS_KEY;
      }

      public Long startTimeMs() {
        return null;
      }
    };
  }
}
