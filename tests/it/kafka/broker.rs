//! How does a test come by a broker? Apache Kafka from Maven, one node, in a folder of its own.
//!
//! The jars are fetched once into the user's cache. A broker dies with the test process, however
//! that ends: a shell holds it, and kills it when its input closes.

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long a broker may take to start: seconds when nothing else runs.
const START: Duration = Duration::from_mins(1);
const ATTEMPTS: usize = 3;
const USER: &str = "city";
pub(crate) const PASSWORD: &str = "a-password-of-the-tests";

/// Keeps a broker as long as its input is open.
const KEEPER: &str = r#""$@" </dev/null & broker=$!
cat >/dev/null
kill -9 "$broker"
wait "$broker" 2>/dev/null"#;

/// A broker with a plain listener and one for TLS and passwords.
pub(crate) struct Broker {
    folder: tempfile::TempDir,
    plain: u16,
    secure: u16,
    keeper: Option<Child>,
}

/// The broker that the tests of one run share; topics have names of their own.
pub(crate) fn shared() -> &'static Broker {
    static BROKER: OnceLock<Broker> = OnceLock::new();
    BROKER.get_or_init(Broker::start)
}

impl Broker {
    /// Starts a broker with no topics.
    pub(crate) fn start() -> Self {
        let jars = jars();
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let folder = tempfile::tempdir().unwrap();
            let [plain, secure, control] = free_ports();
            make_certificates(folder.path());
            configure(folder.path(), plain, secure, control);
            format_storage(&jars, folder.path());
            let mut broker = Self { folder, plain, secure, keeper: None };
            // Another program may have taken a port meanwhile.
            match broker.launch() {
                Ok(()) => return broker,
                Err(why) => last = why,
            }
        }
        panic!("the broker does not start:\n{last}");
    }

    /// Where plain clients connect.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.plain)
    }

    /// Where clients with TLS and a password connect.
    pub(crate) fn secure_address(&self) -> String {
        format!("127.0.0.1:{}", self.secure)
    }

    /// The `security` of a pipeline for the secure address. The password is read from a file.
    pub(crate) fn security(&self, mechanism: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            "{{ protocol = \"sasl_ssl\", ca_file = \"{folder}/ca.pem\", username = \"{USER}\", \
             mechanism = \"{mechanism}\", password = \"file:{folder}/password\" }}"
        )
    }

    /// Kills the broker; its data stays.
    pub(crate) fn stop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            keeper.wait().unwrap();
        }
    }

    /// Starts the broker again, at the same address with the same data.
    pub(crate) fn start_again(&mut self) {
        self.stop();
        self.launch().unwrap_or_else(|why| panic!("the broker does not start again:\n{why}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let log = self.folder.path().join("broker.log");
        let out = fs::File::create(&log).unwrap();
        let java = java(&jars(), "kafka.Kafka", &["-Xmx512m", "-XX:+UseSerialGC"]);
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(java.get_program())
            .args(java.get_args())
            .arg(self.folder.path().join("server.properties"))
            .stdin(Stdio::piped())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        self.keeper = Some(keeper);
        let begun = Instant::now();
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.address())
            .set("reconnect.backoff.max.ms", "200")
            .create()
            .unwrap();
        while client.fetch_metadata(None, Duration::from_millis(500)).is_err() {
            let text = fs::read_to_string(&log).unwrap();
            let ended = text.contains("shutting down") || text.contains("ERROR kafka.Kafka");
            if ended || begun.elapsed() > START {
                self.stop();
                return Err(text);
            }
        }
        Ok(())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_ports() -> [u16; 3] {
    let held = [0; 3].map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    held.each_ref().map(|listener| listener.local_addr().unwrap().port())
}

/// The folder with the broker's jars, fetched when it is not there.
fn jars() -> PathBuf {
    let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/pom.xml");
    let text = fs::read_to_string(&pom).unwrap();
    let version = text.split("<kafka.version>").nth(1).unwrap().split('<').next().unwrap();
    let name = format!("kafka-{version}-{:08x}", crc32fast::hash(text.as_bytes()));
    let folder = crate::vestigo::cache(&name);
    if !folder.exists() {
        fs::create_dir_all(folder.parent().unwrap()).unwrap();
        let aside = tempfile::tempdir_in(folder.parent().unwrap()).unwrap();
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-f"]);
        maven.arg(&pom).arg(format!("-DoutputDirectory={}", aside.path().display()));
        run(maven, "maven");
        // Where two processes fetch at once, the first one's folder stays.
        if let Err(error) = fs::rename(aside.keep(), &folder) {
            assert!(folder.exists(), "keep the jars: {error}");
        }
    }
    folder
}

/// A Java program of the jars.
fn java(jars: &Path, class: &str, options: &[&str]) -> Command {
    let mut java = Command::new("java");
    // Ready soon rather than fast later.
    java.args(["-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]).args(options);
    java.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    java.arg("-cp").arg(jars.join("*")).arg(class);
    java
}

fn run(mut command: Command, package: &str) -> Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!(
            "the tests run a real Kafka broker and need {name} ({error}): \
             apt-get install {package}, or make test-tools"
        )
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {}\n{}{said}",
        output.status,
        String::from_utf8_lossy(&output.stdout)
    );
    output
}

fn openssl(folder: &Path, arguments: &str) {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args(arguments.split(' '));
    run(openssl, "openssl");
}

/// An authority of the test's own, and the broker's certificate by it.
fn make_certificates(folder: &Path) {
    let key = "-newkey rsa:2048 -nodes -days 2";
    openssl(folder, &format!("req -x509 {key} -subj /CN=test-ca -keyout ca.key -out ca.pem"));
    openssl(folder, "req -newkey rsa:2048 -nodes -subj /CN=broker -keyout own.key -out own.csr");
    fs::write(folder.join("own.ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").unwrap();
    let sign = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile own.ext";
    openssl(folder, &format!("x509 -req -in own.csr {sign} -out own.pem"));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    fs::write(folder.join("broker.pem"), read("own.key") + &read("own.pem")).unwrap();
    fs::write(folder.join("password"), format!("{PASSWORD}\n")).unwrap();
}

fn configure(folder: &Path, plain: u16, secure: u16, control: u16) {
    let security = "org.apache.kafka.common.security";
    let mut text = format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{control}\n\
         controller.listener.names=CONTROLLER\n\
         listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{secure},\
         CONTROLLER://127.0.0.1:{control}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{secure}\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,\
         CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=PLAINTEXT\n\
         ssl.keystore.type=PEM\n\
         ssl.keystore.location={0}/broker.pem\n\
         log.dirs={0}/data\n\
         auto.create.topics.enable=false\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor=1\n\
         sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n\
         listener.name.sasl_ssl.plain.sasl.jaas.config={security}.plain.PlainLoginModule \
         required user_{USER}=\"{PASSWORD}\";\n",
        folder.display()
    );
    for mechanism in ["scram-sha-256", "scram-sha-512"] {
        let _ = writeln!(
            text,
            "listener.name.sasl_ssl.{mechanism}.sasl.jaas.config=\
             {security}.scram.ScramLoginModule required;"
        );
    }
    fs::write(folder.join("server.properties"), text).unwrap();
}

fn format_storage(jars: &Path, folder: &Path) {
    let mut format = java(jars, "kafka.tools.StorageTool", &[]);
    format.args(["format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c"]);
    format.arg(folder.join("server.properties"));
    for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let user = format!("{mechanism}=[name={USER},password={PASSWORD}]");
        format.arg("--add-scram").arg(user);
    }
    run(format, "default-jre-headless");
}
