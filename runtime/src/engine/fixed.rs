//! What records do not change.

use std::sync::Arc;

use tracee_lang::schema::{Event, EventId, Schema};

use crate::record::{BadRecord, Layouts, Record};

/// The schema as records need it, and whose they are.
pub(super) struct Fixed {
    pub(super) schema: Arc<Schema>,
    /// Where in the schema's list the event with a number is.
    events: Vec<Option<u32>>,
    layouts: Layouts,
    /// Name of the machine.
    pub(super) host: String,
}

impl Fixed {
    pub(super) fn new(schema: Arc<Schema>, host: &str) -> Self {
        let mut events = Vec::new();
        for (at, event) in schema.events.iter().enumerate() {
            let id = usize::from(event.id.0);
            if events.len() <= id {
                events.resize(id + 1, None);
            }
            events[id] = Some(at as u32);
        }
        Self {
            events,
            layouts: Layouts::new(&schema),
            schema,
            host: host.to_owned(),
        }
    }

    pub(super) fn event(&self, id: EventId) -> Option<&Event> {
        let at = self.events.get(usize::from(id.0)).copied().flatten()?;
        self.schema.events.get(at as usize)
    }

    pub(super) fn parse<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> Result<(Record<'a>, &'a Event), BadRecord> {
        let record = Record::parse(bytes, &self.layouts)?;
        let event = self.event(record.event());
        event
            .map(|event| (record, event))
            .ok_or(BadRecord::UnknownEvent(record.event().0))
    }
}
