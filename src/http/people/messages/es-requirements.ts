/** What each criterion of the published policy asks for, and its numbers, in plain Spanish. */

import type { enRequirements } from './en-requirements.ts'
import type { Translation } from './translation.ts'

export const esRequirements: Translation<typeof enRequirements> = {
  'criterion.qualifying-condition': 'Un dolor que la clínica trata',
  'criterion.chronicity': 'Dolor desde hace suficiente tiempo',
  'criterion.treatment-failure-or-surgery':
    'Fracasó un tratamiento previo, o hay una cirugía prevista',
  'criterion.failed-opioid-therapy': 'Un tratamiento adecuado con opioides que fracasó',
  'criterion.failed-other-therapies': 'Otras clases de tratamiento que fracasaron',
  'criterion.planned-surgery': 'Una operación prevista',
  'criterion.baseline-pain-score': 'Una puntuación de dolor reciente',
  'criterion.cardiovascular-disease': 'Sin enfermedad cardiovascular mal controlada',
  'criterion.liver-disease': 'Sin enfermedad hepática grave',
  'criterion.psychosis': 'Sin psicosis mal controlada',
  'criterion.substance-use': 'Sin trastorno activo por consumo de sustancias',
  'criterion.intracranial-pressure': 'Sin presión intracraneal elevada',
  'criterion.glaucoma': 'Sin glaucoma ni presión ocular elevada',
  'criterion.pregnancy': 'Sin embarazo',
  'criterion.ketamine-hypersensitivity': 'Sin alergia a la ketamina ni a la esketamina',

  'requirement.qualifying-condition':
    'Un diagnóstico activo y confirmado de dolor crónico de los que trata la clínica, como el síndrome de dolor regional complejo, el dolor neuropático o la fibromialgia. Una enfermedad de base cuenta si junto a ella está documentado el dolor.',
  'requirement.chronicity': 'El dolor empezó con esta antelación a la derivación.',
  'requirement.treatment-failure-or-surgery':
    'Si un tratamiento ayudó se deduce de las puntuaciones de dolor anteriores y posteriores, del formulario o del motivo por el que se suspendió.',
  'requirement.failed-opioid-therapy':
    'Un opioide para el dolor, tomado durante el tiempo y en la dosis suficientes, que no ayudó o no se toleró.',
  'requirement.failed-other-therapies':
    'Medicamentos o tratamientos de clases distintas, seguidos durante el tiempo suficiente, que no ayudaron o no se toleraron.',
  'requirement.planned-surgery': 'Hay una operación indicada, reservada o prevista.',
  'requirement.baseline-pain-score': 'Una intensidad de dolor de 0 a 10, con su fecha.',
  'requirement.cardiovascular-disease':
    'El formulario dice que no, una presión arterial reciente está dentro de los límites y la historia clínica no muestra ninguna enfermedad inestable del corazón o de los vasos.',
  'requirement.liver-disease':
    'El formulario dice que no y la historia clínica no muestra ninguna enfermedad grave. Si se conoce una leve, se piden valores hepáticos.',
  'requirement.psychosis':
    'El formulario dice que no y la historia clínica no muestra ninguna psicosis aguda.',
  'requirement.substance-use':
    'El formulario dice que no y la historia clínica no muestra ningún trastorno activo. La nicotina, la remisión y los opioides recetados para el dolor no cuentan.',
  'requirement.intracranial-pressure':
    'El formulario dice que no y la historia clínica no muestra presión elevada dentro del cráneo.',
  'requirement.glaucoma':
    'El formulario dice que no y la historia clínica no muestra ninguna de las dos cosas.',
  'requirement.pregnancy':
    'Se pregunta a las mujeres de estas edades, y cuando no se conoce el sexo: el formulario dice que no y la historia clínica no muestra ningún embarazo.',
  'requirement.ketamine-hypersensitivity':
    'El formulario dice que no, o está documentado que no se conoce ninguna alergia.',

  'parameter.painWindow': 'Antigüedad máxima de la puntuación de dolor',
  'parameter.painEvidenceScore': 'Dolor junto a una enfermedad de base: puntuación mínima',
  'parameter.screenWindow': 'Antigüedad máxima del formulario de evaluación',
  'parameter.chronicityDays': 'Dolor desde hace al menos',
  'parameter.opioidTrialDays': 'Tomado durante al menos',
  'parameter.otherTrialDays': 'Seguido durante al menos',
  'parameter.minMme': 'Dosis media mínima, en equivalentes de morfina',
  'parameter.reliefPct': 'Ayudó si la puntuación bajó al menos',
  'parameter.ineffectiveScore': 'Fracasó si la puntuación siguió en este valor o por encima',
  'parameter.baselineScoreDays': 'Puntuación inicial: como máximo antes del comienzo',
  'parameter.outcomeScoreFromDay': 'Puntuación del resultado: como mínimo después del comienzo',
  'parameter.outcomeScoreAfterEnd': 'Puntuación del resultado: como máximo después del final',
  'parameter.refillGapDays':
    'Las recetas repetidas son un solo tratamiento si el intervalo no supera',
  'parameter.lookBackYears': 'Cuentan los tratamientos que terminaron en los últimos',
  'parameter.minNonOpioidClasses': 'Clases distintas de tratamiento, como mínimo',
  'parameter.surgeryHorizonDays': 'La operación es dentro de',
  'parameter.bpWindow': 'Antigüedad máxima de la presión arterial',
  'parameter.bpReviewSystolic': 'La examina un médico a partir de una presión sistólica de',
  'parameter.bpReviewDiastolic': 'La examina un médico a partir de una presión diastólica de',
  'parameter.bpFailSystolic': 'Mal controlada a partir de una presión sistólica de',
  'parameter.bpFailDiastolic': 'Mal controlada a partir de una presión diastólica de',
  'parameter.miDays': 'Una enfermedad cardíaca inestable cuenta durante',
  'parameter.crisisDays': 'Una crisis hipertensiva cuenta durante',
  'parameter.psychosisDays': 'Una psicosis aguda cuenta durante',
  'parameter.lftWindow': 'Antigüedad máxima de los valores hepáticos',
  'parameter.enzymeUpperLimit': 'Límite superior de ALT y AST si el laboratorio no indica ninguno',
  'parameter.altReview': 'La examina un médico si ALT o AST supera el límite este número de veces',
  'parameter.altFail': 'Grave si ALT o AST supera el límite este número de veces',
  'parameter.bilirubinReview': 'La examina un médico si la bilirrubina supera',
  'parameter.childPughWindow': 'Antigüedad máxima de la clase de Child-Pugh',
  'parameter.udsWindow': 'Un análisis de orina positivo cuenta durante',
  'parameter.scoreWindow': 'AUDIT y DAST-10 cuentan durante',
  'parameter.auditReview': 'Lo examina un médico a partir de una puntuación AUDIT de',
  'parameter.dastReview': 'Lo examina un médico a partir de una puntuación DAST-10 de',
  'parameter.oudRunDays':
    'Los medicamentos para el trastorno por consumo de opioides cuentan si se tomaron en los últimos',
  'parameter.iopReview': 'Lo examina un médico si la presión ocular supera',
  'parameter.iopWindow': 'Una presión ocular cuenta durante',
  'parameter.pregnancyDays': 'Un embarazo registrado cuenta durante',
  'parameter.pregnancyMinAge': 'Se pregunta a partir de la edad de',
  'parameter.pregnancyMaxAge': 'Se pregunta hasta la edad de',
  'parameter.hcgDays': 'Una prueba de embarazo cuenta durante',
  'parameter.hcgQuantitative': 'Positiva a partir de una hCG de',
  'parameter.noKnownAllergyDays': '«Sin alergias conocidas» cuenta durante',

  'unit.mgPerDay': (value) => `${value} mg al día`,
}
