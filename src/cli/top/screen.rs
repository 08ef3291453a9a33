//! The picture on a terminal, until the operator ends it.
//!
//! Lives on: two threads. One looks, which may take long; this one draws and reads keys, so that a
//! node that does not answer does not keep the operator from leaving.

use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Block, Cell, Paragraph, Row, Table, TableState};
use ratatui::{DefaultTerminal, Frame};

use super::picture::{CORE_HEADS, FINDING_HEADS, GROUP_HEADS, Picture, TOPIC_HEADS, left_out};
use super::sample::Sampler;
use crate::cli::failure::Failure;

/// How soon a key is heard.
const KEYS: Duration = Duration::from_millis(100);
const TABLES: usize = 4;
const CORE_LINES_MAX: usize = 19;

pub(super) fn run(sampler: Sampler, every: Duration) -> Result<(), Failure> {
    let pictures = look(sampler, every)?;
    let mut terminal = ratatui::try_init()?;
    let shown = show(&mut terminal, &pictures);
    ratatui::try_restore()?;
    shown
}

/// Pictures, one after the other, from a thread of its own.
fn look(mut sampler: Sampler, every: Duration) -> Result<Receiver<Picture>, Failure> {
    let (pictures, shown) = mpsc::channel();
    let looks = move || {
        let mut before = None;
        loop {
            let now = sampler.look();
            // Nobody looks at it any more.
            if pictures.send(Picture::of(&now, before.as_ref())).is_err() {
                return;
            }
            before = Some(now);
            thread::sleep(every);
        }
    };
    thread::Builder::new().name("looks".to_owned()).spawn(looks)?;
    Ok(shown)
}

fn show(terminal: &mut DefaultTerminal, pictures: &Receiver<Picture>) -> Result<(), Failure> {
    let mut view = View::default();
    loop {
        match pictures.try_recv() {
            Ok(picture) => view.picture = picture,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                return Err(Failure::failed("nothing looks any more"));
            }
        }
        terminal.draw(|frame| view.draw(frame))?;
        if event::poll(KEYS)?
            && let Event::Key(key) = event::read()?
            && key.kind != KeyEventKind::Release
        {
            let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
            if view.press(key.code, is_control) == Answer::Leave {
                return Ok(());
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Answer {
    Stay,
    Leave,
}

/// What is on the screen, and where the operator is.
#[derive(Default)]
struct View {
    picture: Picture,
    /// The table that up and down scroll.
    chosen: usize,
    places: [TableState; TABLES],
}

impl View {
    fn press(&mut self, key: KeyCode, is_control: bool) -> Answer {
        let place = &mut self.places[self.chosen];
        match key {
            KeyCode::Char('q') | KeyCode::Esc => return Answer::Leave,
            KeyCode::Char('c') if is_control => return Answer::Leave,
            KeyCode::Tab => self.chosen = (self.chosen + 1) % TABLES,
            KeyCode::Down => *place.offset_mut() = place.offset() + 1,
            KeyCode::Up => *place.offset_mut() = place.offset().saturating_sub(1),
            _ => {}
        }
        Answer::Stay
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let picture = &self.picture;
        let rows = [
            plain(picture.core_rows()),
            plain(picture.topic_rows()),
            plain(picture.group_rows()),
            plain(picture.findings.clone()),
        ];
        let heads: [&[&str]; TABLES] = [&CORE_HEADS, &TOPIC_HEADS, &GROUP_HEADS, &FINDING_HEADS];
        let notes = [
            String::new(),
            left_out(picture.topics_left_out, "topics"),
            left_out(picture.groups_left_out, "groups"),
            String::new(),
        ];
        // Cores take what they need, up to a limit; the others share the rest.
        let cores = (rows[0].len() + 3).min(CORE_LINES_MAX) as u16;
        let problems = picture.problems.len().min(3) as u16;
        let areas: [Rect; 6] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(problems),
            Constraint::Length(cores),
            Constraint::Fill(3),
            Constraint::Fill(2),
            Constraint::Fill(2),
        ])
        .areas(frame.area());
        frame.render_widget(Line::from(picture.headline()).bold(), areas[0]);
        let problems: Vec<Line<'_>> =
            picture.problems.iter().map(|it| Line::from(format!("not seen: {it}")).red()).collect();
        frame.render_widget(Paragraph::new(problems), areas[1]);
        for (index, rows) in rows.into_iter().enumerate() {
            let table = table(heads[index], rows, &notes[index], index == self.chosen);
            let place = &mut self.places[index];
            frame.render_stateful_widget(table, areas[index + 2], place);
        }
    }
}

fn plain<const N: usize>(rows: Vec<[String; N]>) -> Vec<Vec<String>> {
    rows.into_iter().map(Vec::from).collect()
}

fn table<'a>(
    heads: &[&'a str],
    rows: Vec<Vec<String>>,
    note: &'a str,
    is_chosen: bool,
) -> Table<'a> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        let head = heads.get(column).map_or(0, |head| head.len());
        Constraint::Length(u16::try_from(widest.max(head).min(60)).unwrap_or(60))
    };
    let widths: Vec<Constraint> = (0..heads.len()).map(width).collect();
    let style = if is_chosen { Style::new().bold() } else { Style::new() };
    let head = Row::new(heads.iter().map(|head| Cell::from(*head))).style(Style::new().bold());
    let rows = rows.into_iter().map(Row::new);
    Table::new(rows, widths)
        .header(head)
        .column_spacing(2)
        .block(Block::bordered().title(note).border_style(style))
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::picture::tests::example;
    use super::*;

    fn drawn(view: &mut View, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn all_tables_are_on_a_screen_of_the_usual_size() {
        let mut view = View { picture: example(), ..View::default() };
        view.picture.problems.push("nobody listens".to_owned());
        let screen = drawn(&mut view, 120, 40);
        for words in [
            "node 1 of abc",
            "JOURNAL %",
            "25.0",
            "logs",
            "500.0",
            "workers",
            "-10.0",
            "FINDING",
            "not seen: nobody listens",
            "4 more topics are not shown",
        ] {
            assert!(screen.contains(words), "{words}\n{screen}");
        }
    }

    #[test]
    fn the_smallest_screens_do_not_end_it() {
        let mut view = View { picture: example(), ..View::default() };
        for (width, height) in [(1, 1), (10, 3), (40, 8), (300, 100)] {
            drawn(&mut view, width, height);
        }
    }

    #[test]
    fn keys_scroll_the_chosen_table_and_leave() {
        let mut view = View { picture: example(), ..View::default() };
        assert_eq!(view.press(KeyCode::Tab, false), Answer::Stay);
        view.press(KeyCode::Down, false);
        assert_eq!((view.chosen, view.places[1].offset()), (1, 1));
        view.press(KeyCode::Up, false);
        view.press(KeyCode::Up, false);
        assert_eq!(view.places[1].offset(), 0);
        assert_eq!(view.press(KeyCode::Char('c'), false), Answer::Stay);
        assert_eq!(view.press(KeyCode::Char('c'), true), Answer::Leave);
        assert_eq!(view.press(KeyCode::Char('q'), false), Answer::Leave);
    }
}
