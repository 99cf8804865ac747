//! One style: what it looks like, and that it changes nothing else.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::corpus;
use crate::diagnostic::Span;
use crate::syntax::fuzz::items;
use crate::syntax::lexer::{TokenKind, lex};
use crate::syntax::{cut, format, format_range};

#[test]
fn what_may_not_be_there_stands_close() {
    let text = "fn f(a: int): int = [ ? a,b . ? c[ ? d ] ,{ ? k :v , l:w} , m . `a-b` ][0]";
    assert_snapshot!(format(text).text, @"fn f(a: int): int = [?a, b.?c[?d], {?k: v, l: w}, m.`a-b`][0]");
}

#[test]
fn a_policy() {
    let text = r#"
/// Docs.
policy   p{
maps a.b ,
  c.d
for s:Secret , t in held( s )
where s.a&&! s.b
    || s.c [ 0 ]== - 1

let used=s.uses.exists(u,u.at>now-90d) // behind
let x = a?b:{'k':1}.k


// own line
let longer_name = [ 1,2 ,]
where ( x )
decide{
s.a=>none
unknown(s.b)=>alert high because "b"
// c
otherwise => revoke each ( s.list ) by rotate , alert (worst) with{k:1} because "c"
}
}"#;
    assert_snapshot!(format(text).text, @r#"
    /// Docs.
    policy p {
      maps a.b,
        c.d
      for s: Secret, t in held(s)
      where s.a && !s.b
        || s.c[0] == -1

      let used = s.uses.exists(u, u.at > now - 90d)  // behind
      let x    = a ? b : {'k': 1}.k

      // own line
      let longer_name = [1, 2,]
      where (x)
      decide {
        s.a          => none
        unknown(s.b) => alert high
          because "b"
        // c
        otherwise    => revoke each (s.list) by rotate, alert (worst) with { k: 1 }
          because "c"
      }
    }
    "#);
}

#[test]
fn reasons_that_do_not_fit() {
    let text = r#"
policy p {
  for s: Secret
  decide {
    !used => revoke secret by quarantine within 24h because "not used in {idle_after}; created {secret.created_at}"
    now - secret.created_at > max_age =>
      revoke secret by rotate within 7d,
      alert high because "{secret.identity.name}: in use and old" // why
    unknown // odd
      => alert medium because "cannot tell"
  }
}
policy q { for s: Secret decide rank tier by s.executing desc, s.identity.level desc, s.epss desc, s.id because "{base} by the directive" }
policy r { for s: Secret decide alert low because "r" }
policy s { for s: Secret decide { otherwise => none } }
"#;
    assert_snapshot!(format(text).text, @r#"
    policy p {
      for s: Secret
      decide {
        !used                             => revoke secret by quarantine within 24h
          because "not used in {idle_after}; created {secret.created_at}"
        now - secret.created_at > max_age =>
          revoke secret by rotate within 7d,
          alert high
          because "{secret.identity.name}: in use and old"  // why
        unknown  // odd
          => alert medium
          because "cannot tell"
      }
    }

    policy q {
      for s: Secret
      decide rank tier by s.executing desc, s.identity.level desc, s.epss desc, s.id
        because "{base} by the directive"
    }

    policy r {
      for s: Secret
      decide alert low because "r"
    }

    policy s {
      for s: Secret
      decide { otherwise => none }
    }
    "#);
}

#[test]
fn types_of_facts() {
    let text = r#"
entity E{key id:string
 /// Docs.
 list : list < map<string,T> > ? = null inverse  es // behind
 n:int=-3,m : int
}fresh for 24h lives a..b
covered by s on(a,b.c) and t
event F { key id: string, at: timestamp } closed
request G { key id: string, agent: Identity, tool: Tool, at: timestamp, on_behalf_of: Person?, because: string, x: int }
entity H {
} closed
"#;
    assert_snapshot!(format(text).text, @r#"
    entity E {
      key id: string
      /// Docs.
      list: list<map<string, T>>? = null inverse es  // behind
      n: int = -3,
      m: int
    } fresh for 24h lives a .. b
      covered by s on (a, b.c) and t

    event F { key id: string, at: timestamp } closed

    request G {
      key id: string,
      agent: Identity,
      tool: Tool,
      at: timestamp,
      on_behalf_of: Person?,
      because: string,
      x: int
    }

    entity H {} closed
    "#);
}

#[test]
fn everything_else() {
    let text = r#"// file

package  a . b
use a.{ x,y }
use b.*

use c.*
param p:duration=45d in 7d .. 400d
  source "x"
param q: int = - 5
enum  E{a<b <c}
enum F { a,b
c }
signal s{lag 15m
gap 15m loss 0.1 % basis run}
signal t { lag 15m   gap 15m }
catalog c "C" version "1" { A "A" "first title" alias b,c
BBB "B.B" "2" }
fn f ( a : T,b:U ) : bool=a
  || b
table t(a:bool,b:T):U{ true , _=>x
false,a|bbb=>y
unknown , >= c => z }
relation r(a:T,b:T){case for t:T where t.a==a case where a==b}
waive p for s where s.id=="x"
 until 2027-01-31T00:00:00Z because "x" by "y"
envelope revoke S at most 5 % or 20 per 1h never where s.x
test "t"{now 2026-06-01T00:00:00Z given T{id:"x",at:now- 1d}
 without T "x"

 expect revoke "x" by rotate by p on("a","b")
 given T {
 id: "y", // why
 n: 1 }
}
// end
"#;
    assert_snapshot!(format(text).text, @r#"
    // file

    package a.b

    use a.{x, y}
    use b.*

    use c.*

    param p: duration = 45d in 7d..400d
      source "x"

    param q: int = -5

    enum E { a < b < c }

    enum F {
      a,
      b
      c
    }

    signal s {
      lag 15m
      gap 15m
      loss 0.1%
      basis run
    }

    signal t { lag 15m gap 15m }

    catalog c "C" version "1" {
      A   "A"   "first title" alias b, c
      BBB "B.B" "2"
    }

    fn f(a: T, b: U): bool = a
      || b

    table t(a: bool, b: T): U {
      true,    _       => x
      false,   a | bbb => y
      unknown, >= c    => z
    }

    relation r(a: T, b: T) {
      case for t: T where t.a == a
      case where a == b
    }

    waive p for s where s.id == "x"
      until 2027-01-31T00:00:00Z because "x" by "y"

    envelope revoke S at most 5% or 20 per 1h never where s.x

    test "t" {
      now 2026-06-01T00:00:00Z
      given T { id: "x", at: now - 1d }
      without T "x"

      expect revoke "x" by rotate by p on ("a", "b")
      given T {
        id: "y",  // why
        n: 1 }
    }
    // end
    "#);
}

#[test]
fn what_does_not_read_stays() {
    let text = "package   a\nfn f( :\n   int\n\n\nenum  E{a}\n";
    let formatted = format(text);
    assert_eq!(formatted.text, "package a\n\nfn f( :\n   int\n\nenum E { a }\n");
    let untouched: Vec<&str> = formatted.untouched.iter().map(|span| span.text(text)).collect();
    assert_eq!(untouched, ["fn f( :\n   int"]);
    assert_eq!(format("").text, "");
    assert_eq!(format("\n\n// only\n\n\n// comments\n").text, "// only\n\n// comments\n");
    assert_eq!(format("\u{FEFF}package a\r\n\r\nuse b.*\r\n").text, "package a\n\nuse b.*\n");
}

#[test]
fn formatted_texts_stay_as_they_are() {
    for (path, text) in corpus::files() {
        let formatted = format(&text);
        assert_eq!(formatted.untouched, [], "{}", path.display());
        assert_eq!(format(&formatted.text), formatted, "{}", path.display());
        let wide = formatted.text.lines().find(|line| line.ends_with(' '));
        assert_eq!(wide, None, "a blank at the end of a line of {}", path.display());
    }
}

proptest! {
    #![proptest_config(super::repeatable(12))]

    #[test]
    fn nothing_but_blanks_changes(gaps in prop::collection::vec(0_usize..24, 200)) {
        let mut text = String::new();
        let mut gaps = gaps.iter().cycle();
        for raw in cut(corpus::TOUR) {
            text.push('\n');
            let mut is_first = true;
            let mut end = 0;
            for token in lex(&raw.text) {
                let was = Span::new(end, token.span.start).text(&raw.text);
                end = token.span.end;
                // Where nothing stood, nothing may stand; and a comment ends with its line.
                let must_break = was.contains('\n') && text.rsplit('\n').next().is_some_and(|line| line.contains("//"));
                match gaps.next().copied() {
                    _ if is_first => {}
                    // Items stay in the first column.
                    _ if token.first_column => text.push('\n'),
                    _ if must_break => text.push_str("\n  "),
                    _ if was.is_empty() || token.kind == TokenKind::Doc => text.push_str(was),
                    Some(0) => text.push_str("\n "),
                    Some(1) => text.push_str("\n\n\n  "),
                    Some(2) => text.push_str(" // comment\n "),
                    Some(3) => text.push_str("\n  // comment\n  "),
                    Some(4) => text.push_str("\r\n\t"),
                    _ => text.push_str("   "),
                }
                is_first = false;
                text.push_str(token.span.text(&raw.text));
            }
        }
        let formatted = format(&text);
        prop_assert_eq!(&formatted.untouched, &Vec::new());
        prop_assert_eq!(&format(&formatted.text).text, &formatted.text);
        let tokens = |text: &str| -> Vec<String> {
            lex(text).iter().map(|token| token.span.text(text).trim_end().to_owned()).collect()
        };
        prop_assert_eq!(tokens(&text), tokens(&formatted.text));
        prop_assert_eq!(items(&text), items(&formatted.text));
    }
}

#[test]
fn what_goes_on_stands_further_in() {
    let text = r#"
policy p {
  for s: Secret
  where s.a.exists(f,
    f.b == 1
    && (
    f.c
    || f.d)
    // both
    && f.e)
    && f(
    s.a
    ? 1
    : 2)
  decide {
    otherwise => rank tier by
      s.a desc,
      // then
      s.b
      because "r"
  }
}
"#;
    assert_snapshot!(format(text).text, @r#"
    policy p {
      for s: Secret
      where s.a.exists(f,
        f.b == 1
          && (
            f.c
              || f.d)
          // both
          && f.e)
        && f(
          s.a
            ? 1
            : 2)
      decide {
        otherwise => rank tier by
            s.a desc,
            // then
            s.b
          because "r"
      }
    }
    "#);
}

#[test]
fn a_range_formats_the_items_that_it_touches() {
    let text = "package p\n\nenum  E{ a }\nenum  F{ b }\n\npolicy broken {\n\nfn  f(): int = 1\n";
    let at = |part: &str| {
        let start = u32::try_from(text.find(part).unwrap()).unwrap();
        Span::new(start, start + 1)
    };
    let edits = |range| {
        let said = |(span, new): (Span, String)| (span.text(text).to_owned(), new);
        format_range(text, range).into_iter().map(said).collect::<Vec<_>>()
    };
    let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    assert_eq!(edits(at("F{")), [pair("enum  F{ b }", "enum F { b }")]);
    assert_eq!(edits(at("package")), []);
    assert_eq!(edits(at("broken")), []);
    let all = Span::new(0, u32::try_from(text.len()).unwrap());
    let mut edited = text.to_owned();
    for (span, new) in format_range(text, all).into_iter().rev() {
        edited.replace_range(span.start as usize..span.end as usize, &new);
    }
    assert_eq!(
        edited,
        text.replace("enum  E{", "enum E {").replace("enum  F{", "enum F {").replace("fn  f", "fn f")
    );
}
