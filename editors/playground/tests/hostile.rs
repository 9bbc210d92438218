//! Whatever is typed or dropped, the playground answers.

#![expect(
    clippy::expect_used,
    reason = "a test that can't go on says why and fails"
)]

use serde_json::{Value, json};
use tracee_playground::Playground;

const QUICKSTART: &str = include_str!("../../../examples/policies/quickstart.tp");
const MODULES: &str = include_str!("../../../examples/policies/kernel_modules.tp");
const RECORDING: &[u8] = include_bytes!("../../../examples/recordings/intrusion.trec");

fn answer(playground: &mut Playground, request: &Value, attached: &[u8]) -> Value {
    let answer = playground.answer(request.to_string().as_bytes(), attached.to_vec());
    serde_json::from_str(&answer).expect("JSON")
}

fn policy(text: &str) -> Value {
    json!({ "name": "policy.tp", "text": text, "now": 1_800_000_000_000_u64 })
}

fn looks(playground: &mut Playground, text: &str) -> Value {
    let looked = answer(
        playground,
        &json!({ "do": "look", "policy": policy(text) }),
        &[],
    );
    assert!(looked["ok"].is_object(), "{looked}");
    looked["ok"].clone()
}

#[test]
fn every_prefix_of_an_example_is_looked_at() {
    let mut playground = Playground::default();
    for (end, _) in MODULES.char_indices() {
        let looked = looks(&mut playground, &MODULES[..end]);
        for word in looked["words"].as_array().expect("a list") {
            assert!(word["end"].as_u64() <= Some(end as u64));
        }
    }
}

/// Characters as they come, by a generator that is always the same.
fn garbage(length: usize, alphabet: &[char]) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        alphabet[(state % alphabet.len() as u64) as usize]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn garbage_is_looked_at() {
    let mut playground = Playground::default();
    let alphabets = [
        (' '..='~').collect::<Vec<char>>(),
        "{}()[];,\"'\\/. \n".chars().collect(),
        "aé\u{1f600}\u{202e}\0\u{feff} \n\"{".chars().collect(),
    ];
    for alphabet in alphabets {
        let looked = looks(&mut playground, &garbage(5_000, &alphabet));
        assert_eq!(looked["explanation"], Value::Null);
    }
    for nested in ["(", "[", "{", "!", "policy p { rule r { on openat where ("] {
        looks(&mut playground, &nested.repeat(5_000 / nested.len()));
    }
    let long = " ".repeat(tracee_lang::parse::MAX_FILE_BYTES + 1);
    let refused = answer(
        &mut playground,
        &json!({ "do": "look", "policy": policy(&long) }),
        &[],
    );
    assert!(refused["error"].is_string(), "{refused}");
}

#[test]
fn damaged_recordings_are_refused_or_read_as_far_as_they_go() {
    let mut playground = Playground::default();
    let request = json!({ "do": "run", "policy": policy(QUICKSTART), "file": "x.trec" });
    let mut answers = |bytes: &[u8]| {
        let ran = answer(&mut playground, &request, bytes);
        assert!(ran["ok"].is_object() || ran["error"].is_string(), "{ran}");
    };
    for end in (0..RECORDING.len()).step_by(RECORDING.len() / 50) {
        answers(&RECORDING[..end]);
        let mut damaged = RECORDING.to_vec();
        damaged[end] ^= 0xff;
        answers(&damaged);
    }
    answers(b"{\"eventName\": \"openat\", \"args\": 7}\n\xff\xfe\n{");
}

#[test]
fn what_is_no_request_is_refused() {
    let mut playground = Playground::default();
    for request in [
        "",
        "{",
        "[]",
        "{\"do\":\"nothing\"}",
        "{\"do\":\"page\",\"code\":\"TP9999\"}",
    ] {
        let answer = playground.answer(request.as_bytes(), Vec::new());
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert!(answer["error"].is_string(), "{request}: {answer}");
    }
    let page = answer(
        &mut playground,
        &json!({ "do": "page", "code": "TP0301" }),
        &[],
    );
    assert_eq!(page["ok"]["code"], "TP0301");
    let message =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {} });
    let early = answer(
        &mut playground,
        &json!({ "do": "editor", "message": message }),
        &[],
    );
    assert!(early["ok"][0]["error"].is_object(), "{early}");
}
