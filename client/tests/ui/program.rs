//! The small program that the tests of the terminal run: this test executable itself, started again
//! on a pseudo-terminal with its role in the environment.

use std::io::stdin;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, exit};

use auboutique_client::ui::input::{Input, Key, Size};
use auboutique_client::ui::runtime::{App, run};
use auboutique_client::ui::terminal::Options;
use auboutique_client::ui::text::put;
use auboutique_client::ui::theme::{ColorChoice, Theme, Tone};
use ratatui::Frame;

/// What the executable is to be, if not the tests.
const ROLE: &str = "AUBOUTIQUE_UI_TEST_ROLE";

/// The role of the program on a terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The program, first process of a session, as a terminal starts it.
    Leader,
    /// The program in its parent's session, so that nobody tells it that the terminal is gone.
    Orphan,
    /// A shell, first process of a session, from which `$PROGRAM` runs the program.
    Shell,
}

impl Role {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Leader, "leader"),
        (Self::Orphan, "orphan"),
        (Self::Shell, "shell"),
    ];
}

/// This executable in a role.
pub(crate) fn command(role: Role) -> Command {
    let (_, name) = Role::ALL.into_iter().find(|(of, _)| *of == role).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["program::starts_in_its_role", "--exact", "--nocapture"])
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env(ROLE, name);
    command
}

/// Among the tests this does nothing.
#[test]
fn starts_in_its_role() {
    let Ok(name) = std::env::var(ROLE) else {
        return;
    };
    let (role, _) = Role::ALL.into_iter().find(|(_, of)| *of == name).unwrap();
    if role != Role::Orphan {
        rustix::process::setsid().unwrap();
        rustix::process::ioctl_tiocsctty(stdin()).unwrap();
    }
    if role == Role::Shell {
        let program = std::env::current_exe().unwrap();
        let program = format!(
            "{} program::starts_in_its_role --exact --nocapture",
            program.display()
        );
        let error = Command::new("bash")
            .args(["--norc", "--noprofile", "-i"])
            .env(ROLE, "orphan")
            .env("PROGRAM", program)
            .env("PS1", "shell> ")
            .exec();
        panic!("no shell: {error}");
    }
    start();
}

fn start() -> ! {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let theme = Theme::of_environment(ColorChoice::Auto, None);
    let mut program = Program::default();
    let over = runtime.block_on(run(
        &mut program,
        theme,
        Options { mouse: true },
        |(), _| async { panic!("an effect that fails") },
    ));
    match over {
        Ok(over) => exit(over.code().map_or(0, i32::from)),
        Err(error) => {
            eprintln!("error: {error}");
            exit(9)
        }
    }
}

/// Shows what it is told. Ctrl-Q leaves.
#[derive(Default)]
struct Program {
    size: Size,
    typed: String,
    seen: String,
    is_over: bool,
}

impl App for Program {
    type Message = Input;
    type Effect = ();

    fn input(&self, input: Input) -> Option<Input> {
        Some(input)
    }

    fn update(&mut self, input: Input) -> Vec<()> {
        match input {
            Input::Resized(size) => self.size = size,
            Input::Paste(text) => self.seen = format!("pasted {text:?}"),
            Input::PasteTooLong => self.seen = "pasted too much".into(),
            Input::Mouse(mouse) => self.seen = format!("mouse {} {}", mouse.column, mouse.line),
            Input::Key(key) if key == Key::control('q') => self.is_over = true,
            Input::Key(key) if key == Key::control('p') => panic!("a screen that fails"),
            Input::Key(key) if key == Key::control('e') => return vec![()],
            Input::Key(key) => match key.typed() {
                Some(character) => self.typed.push(character),
                None => self.seen = format!("pressed {key}"),
            },
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, theme: &Theme) {
        let Size { width, height } = self.size;
        let typed = self.typed.chars().count();
        let start: String = self.typed.chars().take(20).collect();
        for (line, text) in [
            format!("process {} .", std::process::id()),
            format!("size {width} × {height} ."),
            format!("typed {typed} {start} ."),
            self.seen.clone(),
        ]
        .iter()
        .enumerate()
        {
            let row = frame.area().rows().nth(line).unwrap();
            put(frame.buffer_mut(), row, text, theme.tone(Tone::Good));
        }
    }

    fn is_finished(&self) -> bool {
        self.is_over
    }
}
