// Kafka Streams' word count with exactly_once_v2: counts the words of topic `input` into `output` and
// stops when it has seen as many words as it was told.
// usage: WordCount BOOTSTRAP INPUT OUTPUT WORDS STATE_FOLDER
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Produced;

public class WordCount {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "wordcount-" + args[1]);
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    properties.put("auto.offset.reset", "earliest");
    long wanted = Long.parseLong(args[3]);
    AtomicLong seen = new AtomicLong();
    CountDownLatch done = new CountDownLatch(1);
    StreamsBuilder builder = new StreamsBuilder();
    builder.<String, String>stream(args[1])
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word)
        .count()
        .toStream()
        .peek((word, count) -> { if (word.equals("end")) done.countDown(); seen.incrementAndGet(); })
        .mapValues(count -> Long.toString(count))
        .to(args[2], Produced.with(Serdes.String(), Serdes.String()));
    KafkaStreams streams = new KafkaStreams(builder.build(), properties);
    streams.start();
    boolean finished = done.await(120, TimeUnit.SECONDS);
    Thread.sleep(2000);  // the last commit
    streams.close(Duration.ofSeconds(30));
    System.out.println("updates " + seen.get() + " of " + wanted + " words" + (finished ? "" : ", not finished"));
    System.exit(finished ? 0 : 1);
  }
}
