//! Lets tests drive the crate tikv-client by lines of words; README.md in the folder above has the words.

use std::io::Write;

use tikv_client::{BoundRange, ColumnFamily, Config, Key, KvPair, RawClient};

const VERBS: &str = "get batch_get put put_ttl batch_put batch_put_ttl delete batch_delete delete_range scan scan_keys \
    reverse_scan reverse_scan_keys batch_scan batch_scan_keys ttl cas atomic_put atomic_delete column_families \
    coprocessor";

type Failure = Box<dyn std::error::Error>;

fn bytes_of(word: &str) -> Vec<u8> {
    if word == "-" {
        return Vec::new();
    }
    (0..word.len()).step_by(2).map(|at| u8::from_str_radix(&word[at..at + 2], 16).expect("hexadecimal")).collect()
}

fn word_of(value: &[u8]) -> String {
    if value.is_empty() {
        return "-".to_string();
    }
    value.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn optional_word(value: Option<Vec<u8>>) -> String {
    value.map_or("none".to_string(), |value| word_of(&value))
}

fn key_word(key: &Key) -> String {
    let bytes: &[u8] = key.into();
    word_of(bytes)
}

fn pair_words(pairs: Vec<KvPair>) -> Vec<String> {
    pairs.iter().flat_map(|pair| [key_word(pair.key()), word_of(pair.value())]).collect()
}

fn key_words(keys: Vec<Key>) -> Vec<String> {
    keys.iter().map(key_word).collect()
}

fn range_of(words: &[&str]) -> BoundRange {
    let start = Key::from(bytes_of(words[0]));
    match words[1] {
        "-" => (start..).into(),
        end => (start..Key::from(bytes_of(end))).into(),
    }
}

fn pairs_of(words: &[&str]) -> Vec<(Vec<u8>, Vec<u8>)> {
    words.chunks(2).map(|pair| (bytes_of(pair[0]), bytes_of(pair[1]))).collect()
}

fn family_of(name: &str) -> Result<ColumnFamily, Failure> {
    Ok(ColumnFamily::try_from(name)?)
}

struct Clients {
    plain: RawClient,
    atomic: RawClient,
}

impl Clients {
    async fn write(&self, verb: &str, words: &[&str]) -> Result<(), Failure> {
        match verb {
            "put" => self.plain.put(bytes_of(words[0]), bytes_of(words[1])).await?,
            "atomic_put" => self.atomic.put(bytes_of(words[0]), bytes_of(words[1])).await?,
            "put_ttl" => self.plain.put_with_ttl(bytes_of(words[0]), bytes_of(words[1]), words[2].parse()?).await?,
            "batch_put" => self.plain.batch_put(pairs_of(words)).await?,
            "batch_put_ttl" => {
                let pairs = pairs_of(&words[1..]);
                let ttls = vec![words[0].parse::<u64>()?; pairs.len()];
                self.plain.batch_put_with_ttl(pairs, ttls).await?
            }
            "delete" => self.plain.delete(bytes_of(words[0])).await?,
            "atomic_delete" => self.atomic.delete(bytes_of(words[0])).await?,
            "batch_delete" => self.plain.batch_delete(words.iter().map(|word| bytes_of(word))).await?,
            "delete_range" => self.plain.delete_range(range_of(words)).await?,
            _ => return Err(format!("there is no verb {verb}").into()),
        }
        Ok(())
    }

    async fn read(&self, verb: &str, words: &[&str]) -> Result<Option<Vec<String>>, Failure> {
        let client = &self.plain;
        let limit = || words[2].parse::<u32>();
        let ranges = || words[1..].chunks(2).map(range_of);
        Ok(Some(match verb {
            "get" => vec![optional_word(client.get(bytes_of(words[0])).await?)],
            "batch_get" => pair_words(client.batch_get(words.iter().map(|word| bytes_of(word))).await?),
            "scan" => pair_words(client.scan(range_of(words), limit()?).await?),
            "scan_keys" => key_words(client.scan_keys(range_of(words), limit()?).await?),
            "reverse_scan" => pair_words(client.scan_reverse(range_of(words), limit()?).await?),
            "reverse_scan_keys" => key_words(client.scan_keys_reverse(range_of(words), limit()?).await?),
            "batch_scan" => pair_words(client.batch_scan(ranges(), words[0].parse()?).await?),
            "batch_scan_keys" => key_words(client.batch_scan_keys(ranges(), words[0].parse()?).await?),
            "ttl" => match client.get_key_ttl_secs(bytes_of(words[0])).await? {
                Some(seconds) => vec![seconds.to_string()],
                None => vec!["none".to_string()],
            },
            "cas" => {
                let previous = if words[1] == "none" { None } else { Some(bytes_of(words[1])) };
                let (found, swapped) =
                    self.atomic.compare_and_swap(bytes_of(words[0]), previous, bytes_of(words[2])).await?;
                let outcome = if swapped { "swapped" } else { "kept" };
                vec![outcome.to_string(), optional_word(found)]
            }
            "coprocessor" => {
                let request = bytes_of(words[2]);
                let asked = client.coprocessor(words[0], words[1], [range_of(&words[3..])], move |_, _| request.clone());
                asked.await?.iter().map(|(_, answer)| word_of(answer)).collect()
            }
            _ => return Ok(None),
        }))
    }

    async fn answer(&self, line: &str) -> Result<Vec<String>, Failure> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if let Some(family) = words[0].strip_prefix('@') {
            let family = family_of(family)?;
            words.remove(0);
            let there = Clients { plain: self.plain.with_cf(family.clone()), atomic: self.atomic.with_cf(family) };
            return there.answer_words(&words).await;
        }
        self.answer_words(&words).await
    }

    async fn answer_words(&self, words: &[&str]) -> Result<Vec<String>, Failure> {
        if let Some(answer) = self.read(words[0], &words[1..]).await? {
            return Ok(answer);
        }
        self.write(words[0], &words[1..]).await?;
        Ok(Vec::new())
    }
}

async fn connect(pd: &str, version: &str, keyspace: &str) -> Result<RawClient, Failure> {
    // Its own limit is short, and the machine may be busy.
    let mut config = Config::default().with_timeout(std::time::Duration::from_secs(10));
    if version == "2" {
        config = config.with_keyspace(keyspace);
    }
    Ok(RawClient::new_with_config(pd.split(',').collect(), config).await?)
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, pd, version, keyspace] = arguments.as_slice() else {
        return Err("usage: foreign-rust PD API-VERSION KEYSPACE".into());
    };
    let plain = connect(pd, version, keyspace).await?;
    let clients = Clients { atomic: plain.with_atomic_for_cas(), plain };
    say(&format!("ready {VERBS}"));
    for line in std::io::stdin().lines() {
        match clients.answer(&line?).await {
            Ok(answer) => say(["ok".to_string()].into_iter().chain(answer).collect::<Vec<_>>().join(" ").as_str()),
            Err(error) => say(&format!("failed {}", error.to_string().replace('\n', " "))),
        }
    }
    Ok(())
}
