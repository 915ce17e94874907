import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tikv.common.TiConfiguration;
import org.tikv.common.TiSession;
import org.tikv.common.exception.RawCASConflictException;
import org.tikv.common.util.Pair;
import org.tikv.common.util.ScanOption;
import org.tikv.kvproto.Kvrpcpb.KvPair;
import org.tikv.raw.RawKVClient;
import org.tikv.shade.com.google.protobuf.ByteString;

/** Lets tests drive org.tikv:tikv-client-java by lines of words; README.md in the folder above has the words. */
public final class ForeignJava {
  private static final String VERBS =
      "get batch_get put put_ttl batch_put batch_put_ttl delete batch_delete delete_range delete_prefix scan scan_keys"
          + " scan_all scan_prefix batch_scan batch_scan_keys ttl cas put_if_absent atomic_put atomic_delete";

  private final RawKVClient plain;
  private final RawKVClient atomic;

  private ForeignJava(RawKVClient plain, RawKVClient atomic) {
    this.plain = plain;
    this.atomic = atomic;
  }

  private static ByteString bytesOf(String word) {
    if (word.equals("-")) return ByteString.EMPTY;
    byte[] bytes = new byte[word.length() / 2];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(word.substring(2 * i, 2 * i + 2), 16);
    return ByteString.copyFrom(bytes);
  }

  private static String wordOf(ByteString value) {
    if (value.isEmpty()) return "-";
    StringBuilder word = new StringBuilder();
    for (byte b : value.toByteArray()) {
      word.append(Character.forDigit((b >> 4) & 15, 16)).append(Character.forDigit(b & 15, 16));
    }
    return word.toString();
  }

  private static String wordOf(Optional<ByteString> value) {
    return value.isPresent() ? wordOf(value.get()) : "none";
  }

  private static List<ByteString> keysOf(List<String> words) {
    List<ByteString> keys = new ArrayList<>();
    for (String word : words) keys.add(bytesOf(word));
    return keys;
  }

  private static Map<ByteString, ByteString> pairsOf(List<String> words) {
    Map<ByteString, ByteString> pairs = new HashMap<>();
    for (int i = 0; i < words.size(); i += 2) pairs.put(bytesOf(words.get(i)), bytesOf(words.get(i + 1)));
    return pairs;
  }

  private static List<String> pairWords(List<KvPair> pairs) {
    List<String> words = new ArrayList<>();
    for (KvPair pair : pairs) {
      words.add(wordOf(pair.getKey()));
      words.add(wordOf(pair.getValue()));
    }
    return words;
  }

  private static List<String> keyWords(List<KvPair> pairs) {
    List<String> words = new ArrayList<>();
    for (KvPair pair : pairs) words.add(wordOf(pair.getKey()));
    return words;
  }

  private List<String> batchScan(List<String> words, boolean keysOnly) {
    int limit = Integer.parseInt(words.get(0));
    List<String> answer = new ArrayList<>();
    if (keysOnly) {
      List<Pair<ByteString, ByteString>> ranges = new ArrayList<>();
      for (int i = 1; i < words.size(); i += 2) ranges.add(Pair.create(bytesOf(words.get(i)), bytesOf(words.get(i + 1))));
      for (List<ByteString> keys : plain.batchScanKeys(ranges, limit)) keys.forEach(key -> answer.add(wordOf(key)));
      return answer;
    }
    List<ScanOption> ranges = new ArrayList<>();
    for (int i = 1; i < words.size(); i += 2) {
      ranges.add(
          ScanOption.newBuilder()
              .setStartKey(bytesOf(words.get(i)))
              .setEndKey(bytesOf(words.get(i + 1)))
              .setLimit(limit)
              .build());
    }
    for (List<KvPair> pairs : plain.batchScan(ranges)) answer.addAll(pairWords(pairs));
    return answer;
  }

  private List<String> compareAndSet(List<String> words) {
    Optional<ByteString> previous =
        words.get(1).equals("none") ? Optional.empty() : Optional.of(bytesOf(words.get(1)));
    try {
      atomic.compareAndSet(bytesOf(words.get(0)), previous, bytesOf(words.get(2)));
      return List.of("swapped", words.get(1));
    } catch (RawCASConflictException conflict) {
      return List.of("kept", wordOf(conflict.getPrevValue()));
    }
  }

  private List<String> read(String verb, List<String> words) {
    ByteString first = bytesOf(words.get(0));
    switch (verb) {
      case "get":
        return List.of(wordOf(plain.get(first)));
      case "batch_get":
        return pairWords(plain.batchGet(keysOf(words)));
      case "scan":
        return pairWords(plain.scan(first, bytesOf(words.get(1)), Integer.parseInt(words.get(2))));
      case "scan_keys":
        return keyWords(plain.scan(first, bytesOf(words.get(1)), Integer.parseInt(words.get(2)), true));
      case "scan_all":
        return pairWords(plain.scan(first, bytesOf(words.get(1))));
      case "scan_prefix":
        return pairWords(plain.scanPrefix(first));
      case "ttl":
        return List.of(plain.getKeyTTL(first).map(String::valueOf).orElse("none"));
      default:
        throw new IllegalArgumentException("there is no verb " + verb);
    }
  }

  private List<String> answer(String verb, List<String> words) {
    switch (verb) {
      case "put":
        plain.put(bytesOf(words.get(0)), bytesOf(words.get(1)));
        return List.of();
      case "atomic_put":
        atomic.put(bytesOf(words.get(0)), bytesOf(words.get(1)));
        return List.of();
      case "put_ttl":
        plain.put(bytesOf(words.get(0)), bytesOf(words.get(1)), Long.parseLong(words.get(2)));
        return List.of();
      case "batch_put":
        plain.batchPut(pairsOf(words));
        return List.of();
      case "batch_put_ttl":
        plain.batchPut(pairsOf(words.subList(1, words.size())), Long.parseLong(words.get(0)));
        return List.of();
      case "delete":
        plain.delete(bytesOf(words.get(0)));
        return List.of();
      case "atomic_delete":
        atomic.delete(bytesOf(words.get(0)));
        return List.of();
      case "batch_delete":
        plain.batchDelete(keysOf(words));
        return List.of();
      case "delete_range":
        plain.deleteRange(bytesOf(words.get(0)), bytesOf(words.get(1)));
        return List.of();
      case "delete_prefix":
        plain.deletePrefix(bytesOf(words.get(0)));
        return List.of();
      case "cas":
        return compareAndSet(words);
      case "put_if_absent":
        return List.of(wordOf(atomic.putIfAbsent(bytesOf(words.get(0)), bytesOf(words.get(1)))));
      case "batch_scan":
      case "batch_scan_keys":
        return batchScan(words, verb.endsWith("keys"));
      default:
        return read(verb, words);
    }
  }

  private static TiSession connect(String pd, String version, boolean atomic) {
    TiConfiguration configuration = TiConfiguration.createRawDefault(pd);
    configuration.setApiVersion(version.equals("2") ? TiConfiguration.ApiVersion.V2 : TiConfiguration.ApiVersion.V1);
    configuration.setEnableAtomicForCAS(atomic);
    // Its own limits are short, and the machine may be busy.
    configuration.setTimeout(10_000);
    configuration.setWarmUpTimeout(10_000);
    configuration.setPdFirstGetMemberTimeout(10_000);
    configuration.setScanTimeout(20_000);
    configuration.setRawKVReadTimeoutInMS(20_000);
    configuration.setRawKVWriteTimeoutInMS(20_000);
    configuration.setRawKVBatchReadTimeoutInMS(20_000);
    configuration.setRawKVBatchWriteTimeoutInMS(20_000);
    configuration.setRawKVScanTimeoutInMS(20_000);
    configuration.setRawKVCleanTimeoutInMS(20_000);
    return TiSession.create(configuration);
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 3) {
      System.err.println("usage: ForeignJava PD API-VERSION KEYSPACE");
      System.exit(2);
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    TiSession plain = connect(arguments[0], arguments[1], false);
    TiSession atomic = connect(arguments[0], arguments[1], true);
    ForeignJava java = new ForeignJava(plain.createRawClient(), atomic.createRawClient());
    out.println("ready " + VERBS);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      List<String> words = Arrays.asList(line.split(" "));
      try {
        List<String> answer = java.answer(words.get(0), words.subList(1, words.size()));
        out.println(("ok " + String.join(" ", answer)).trim());
      } catch (Exception error) {
        out.println("failed " + String.valueOf(error).replace('\n', ' '));
      }
    }
    System.exit(0); // the client's threads go on otherwise
  }
}
